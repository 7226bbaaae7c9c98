/** A status view as lines for a terminal: one screen, the worst at the end, next to the prompt. Pure. */
import type { Colours } from './colours.ts';
import type { MemberLine } from './status-databases.ts';
import { keysText } from './status-keys.ts';
import type { RolloutNodeLine } from './status-rollouts.ts';
import type { StatusView } from './status-view.ts';
import { tableLines } from './table.ts';

export function statusLines(view: StatusView, colours: Colours): readonly string[] {
  const sections: readonly (readonly [string, readonly string[]])[] = [
    [`Region ${view.region}`, regionLines(view)],
    ['Nodes', nodeLines(view)],
    ['Virtual IPs', addressLines(view)],
    ['Databases', databaseLines(view)],
    ['Identity', identityLines(view)],
    ['Keys', keysText(view.keys)],
    ['Policies', tableLines(view.policies.map((each) => [each.name, each.kind, each.mode, each.store, each.state]))],
    ['Holds', holdLines(view)],
  ];
  const shown = sections.filter(([, lines]) => lines.length > 0);
  return [
    ...shown.flatMap(([title, lines]) => [colours.strong(title), ...lines]),
    ...(view.complaints.length === 0
      ? [colours.good('All is as it should be.')]
      : [colours.bad('Not as it should be:'), ...view.complaints.map((each) => `  ${colours.warning('!')} ${each}`)]),
  ];
}

function regionLines(view: StatusView): readonly string[] {
  const stores = view.stores.map(({ name, isReachable, membersUp, members }) => [
    `${name} store`,
    isReachable ? `answers, ${membersUp} of ${members} members up` : 'DOES NOT ANSWER',
  ]);
  const leaders = view.regions.map(({ region, leader }) => [`leads ${region}`, leader]);
  const own = view.leader === undefined ? [] : [['leader', view.leader]];
  return tableLines([...stores, ...own, ['arbiter', view.arbiter ?? '-'], ...leaders]);
}

function nodeLines({ nodes }: StatusView): readonly string[] {
  return tableLines(
    nodes.map(({ node, roles, isRegistered, trouble }) => [
      node,
      roles.join(','),
      isRegistered ? (trouble.length === 0 ? 'ok' : trouble.join('; ')) : 'NOT REGISTERED',
    ]),
  );
}

function addressLines({ addresses }: StatusView): readonly string[] {
  return tableLines(
    addresses.map(({ name, address, mode, owners, unfit }) => [
      name,
      address,
      owners.length === 0 ? 'owned by NOBODY' : `owned by ${owners.join(' AND ')}`,
      unfit.length === 0 ? '' : `unfit: ${unfit.join(', ')}`,
      modeText(mode),
    ]),
  );
}

function databaseLines({ databases }: StatusView): readonly string[] {
  return databases.flatMap(({ name, mode, primary, term, isOpen, ballot, members }) => {
    const open = primary === undefined ? 'not under management' : `primary ${primary}${isOpen ? '' : ' (NO RIGHT)'}`;
    const step = ballot === undefined ? '' : `ballot at ${ballot.step}`;
    const head = [name, open, term === undefined ? '' : `term ${term}`, step, modeText(mode)];
    return [...tableLines([head.filter((part) => part !== '')]), ...tableLines(members.map(memberCells), 4)];
  });
}

function memberCells({ node, region, standing, follows, lagSeconds, isAcker }: MemberLine): readonly string[] {
  const lag = lagSeconds === null ? 'lag unknown' : `lag ${lagSeconds} s`;
  return [
    node,
    region,
    standing === 'following' ? `follows ${follows}` : standing,
    standing === 'following' ? lag : '',
    isAcker ? 'acknowledges' : '',
  ];
}

function identityLines({ identities }: StatusView): readonly string[] {
  return identities.flatMap((line) => {
    const { name, state, home, ready, isReadOnly, isOrdered, rollout } = line;
    const head = [
      name,
      `${state ?? 'undecided'}${isOrdered ? ' by order' : ''}`,
      home === undefined ? '' : `home ${home}`,
      rollout === null ? (ready.length === 0 ? '' : `Keystone on ${ready.join(', ')}`) : `Keystone ${rollout.to}`,
      isReadOnly ? 'READ-ONLY' : '',
    ];
    if (rollout === null) return tableLines([head]);
    const progress = `${rollout.done} of ${rollout.of} nodes`;
    return [...tableLines([[...head, progress]]), ...tableLines(rollout.nodes.map(rolloutCells), 4)];
  });
}

function rolloutCells({ node, standing, files, units, leftover }: RolloutNodeLine): readonly string[] {
  const change = files === null || units === null ? 'not looked at' : `${files} files, ${units} units to change`;
  return [node, standing, change, leftover === null || leftover === 0 ? '' : `${leftover} LEFT OVER`];
}

function holdLines({ holds }: StatusView): readonly string[] {
  return tableLines(
    holds.map(({ scope, owner, reason, expiresInSeconds }) => [
      scope,
      `by ${owner}`,
      reason,
      expiresInSeconds === null ? 'ends when its agent is back' : `ends in ${expiresInSeconds} s`,
    ]),
  );
}

const modeText = (mode: string): string => (mode === 'enforce' ? '' : `mode ${mode}`);
