/**
 * Which commands of the README install regent on the bed's hosts.
 */

import test from 'ava';
import { installSteps } from './agents.ts';

const FENCE = '```';

test('the first sh block under the heading is taken, whatever language comes before it', (t) => {
  const readme = `# regent\n${FENCE}sh\nwrong\n${FENCE}\n## Install on a node\ntext\n${FENCE}yaml\na: 1\n${FENCE}\n${FENCE}sh\nright\n# not a heading\n${FENCE}\n## Next\n`;
  t.is(installSteps(readme), 'right\n# not a heading\n');
});

test('a lower heading in between does not end the section', (t) => {
  t.is(installSteps(`## Install on a node\n### Steps\n${FENCE}sh\nright\n${FENCE}\n`), 'right\n');
});

test('a comment in an earlier block does not end the section', (t) => {
  t.is(
    installSteps(`## Install on a node\n${FENCE}yaml\n# a comment\n${FENCE}\n${FENCE}sh\nright\n${FENCE}\n`),
    'right\n',
  );
});

test('a missing heading is named', (t) => {
  t.throws(() => installSteps('# regent\n'), { message: /no heading "Install on a node"/ });
});

test('a block of the next section is not taken', (t) => {
  const readme = `## Install on a node\nnothing\n## Remove\n${FENCE}sh\nwrong\n${FENCE}\n`;
  t.throws(() => installSteps(readme), { message: /no ```sh block/ });
});
