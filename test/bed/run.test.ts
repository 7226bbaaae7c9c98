import test from 'ava';
import { must } from './run.ts';

test("the machine's own programs are run, whatever npm has put first on the path", async (t) => {
  const path = (await must(['printenv', 'PATH'])).trim();
  t.false(path.includes('node_modules'), path);
  t.true(path.split(':').includes('/usr/sbin'));
});
