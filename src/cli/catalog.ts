/** `regentctl catalog`: how Keystone's endpoint catalogue differs from the policies, and who keeps it. */
import { Command } from 'commander';
import { type Reconciliation, reconcile } from '../core/catalog/reconcile.ts';
import { declaredRows } from '../core/catalog/rows.ts';
import { differenceText, obstacleText } from '../core/catalog/words.ts';
import type { EndpointCatalog } from '../core/policy.ts';
import { catalogLines } from './catalog-sight.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { goodFiles, readPolicyFiles, sayVerdict, unreadable } from './policy-files.ts';
import { policyPrefixes, policyStandings } from './policy-standing.ts';
import type { Run } from './run.ts';
import { CommandFailed, type Session } from './session.ts';
import { requireContents } from './store-contents.ts';
import { tableLines } from './table.ts';

const DIFF_HELP = `
Reads the catalogue by this node's own Keystone, with the account of api.credentials, which needs the role admin. It changes
nothing. With a file, what that policy would change if it were in force.

Examples:
  regentctl catalog diff
  regentctl catalog diff endpoint-catalog.yaml`;

export function catalogCommand(run: Run): Command {
  return new Command('catalog')
    .description("show how Keystone's endpoint catalogue differs from the policies, and who keeps it")
    .addCommand(
      new Command('diff')
        .description('compare the catalogue with the policies, row by row')
        .argument('[file]', 'a policy file instead of the policies in force; - for stdin')
        .addHelpText('after', DIFF_HELP)
        .action((file: string | undefined, _options: object, command: Command) =>
          run(command, (session) => diff(session, file)),
        ),
    )
    .addCommand(
      new Command('status')
        .description('show who keeps the catalogue, and what it saw last')
        .addHelpText('after', '\nExample:\n  regentctl catalog status --json')
        .action((_options: object, command: Command) => run(command, status)),
    );
}

async function diff(session: Session, file: string | undefined): Promise<ExitCode> {
  const policies = file === undefined ? await policiesInForce(session) : await policyIn(session, file);
  const look = await session.deps.lookAtCatalog(await session.config());
  if (!look.ok) throw new CommandFailed(exitCodes.refused, `the catalogue cannot be read: ${look.detail}`);
  const found = policies.map((policy) => {
    const { name, mode, prune } = policy;
    return { name, mode, plan: reconcile(declaredRows(policy), look.catalog, { prune }) };
  });
  session.give(
    found.map(({ name, mode, plan: { changes, obstacles } }) => ({
      policy: name,
      mode,
      differences: changes.map((change) => ({ change: change.kind, detail: differenceText(change) })),
      obstacles,
    })),
  );
  for (const { name, plan } of found) sayPlan(session, name, plan);
  const isSame = found.every(({ plan }) => plan.changes.length === 0 && plan.obstacles.length === 0);
  return isSame ? exitCodes.ok : exitCodes.degraded;
}

async function status(session: Session): Promise<ExitCode> {
  const lines = await catalogLines(session, await policiesInForce(session));
  session.give(lines);
  const cells = lines.map(({ policy, mode, primaryRegion, keeper, health, detail }) => [
    policy,
    mode,
    keeper === null ? `kept by nobody here, the primary is in ${primaryRegion ?? 'no region'}` : `kept by ${keeper}`,
    health ?? '',
    detail ?? '',
  ]);
  for (const line of tableLines(cells)) session.say(line);
  return lines.every(({ health }) => health === null || health === 'ok') ? exitCodes.ok : exitCodes.degraded;
}

async function policiesInForce(session: Session): Promise<readonly EndpointCatalog[]> {
  const { global } = await session.stores();
  const found = policyStandings(global.name, await requireContents(global, policyPrefixes)).flatMap(({ inForce }) =>
    inForce?.policy?.kind === 'EndpointCatalog' ? [inForce.policy] : [],
  );
  if (found.length > 0) return found;
  throw new CommandFailed(exitCodes.usage, 'no EndpointCatalog is in force; name a policy file, or apply one first');
}

async function policyIn(session: Session, file: string): Promise<readonly EndpointCatalog[]> {
  const files = await readPolicyFiles(session, [file]);
  for (const verdict of unreadable(files)) sayVerdict(session, verdict);
  const policy = goodFiles(files)[0]?.policy;
  if (policy?.kind === 'EndpointCatalog') return [policy];
  throw new CommandFailed(exitCodes.refused, `${file} is not a policy of kind EndpointCatalog`);
}

function sayPlan(session: Session, name: string, { changes, obstacles }: Reconciliation): void {
  const { good, warning, strong } = session.colours;
  const isSame = changes.length === 0 && obstacles.length === 0;
  session.say(isSame ? good(`${name}: the catalogue is as declared`) : strong(name));
  for (const change of changes) session.say(`  ${change.kind}: ${differenceText(change)}`);
  for (const each of obstacles) session.say(`  ${warning('!')} ${obstacleText(each)}`);
}
