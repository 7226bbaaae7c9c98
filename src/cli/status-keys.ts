/** How the keys of each `FernetKeys` policy stand: the set in force, what goes on, and every node that is named. Pure. */
import { accountNodes } from '../core/keys/key-accounting.ts';
import { setText } from '../core/keys/key-set.ts';
import type { KeyState } from '../core/keys/key-state.ts';
import { hasGoneBack, judgeAdoption } from '../core/keys/keys-adoption.ts';
import { WORK } from '../core/keys/keys-words.ts';
import type { Accepted, FernetKeys } from '../core/policy.ts';
import { type KeysView, NO_KEYS, readKeys } from '../runtime/duty/keys-view.ts';
import type { Entry } from '../store/store.ts';
import type { PolicyStanding } from './policy-standing.ts';
import { tableLines } from './table.ts';

export interface KeyNodeLine {
  readonly node: string;
  readonly region: string;
  readonly standing: 'confirmed' | 'behind' | 'unheard' | 'troubled' | 'other';
  /** Of the set that it has put into place; null = nobody reports it. */
  readonly generation: number | null;
  /** Indexes and beginnings of fingerprints; null = unknown. */
  readonly keys: string | null;
  /** Since when it says so. */
  readonly since: string | null;
}

export interface KeysLine {
  readonly name: string;
  readonly repository: FernetKeys['repository'];
  readonly mode: string;
  /** Null: they are not under management. */
  readonly generation: number | null;
  readonly keys: string | null;
  /** What is under way; null at rest. */
  readonly work: { readonly kind: string; readonly step: string; readonly by: string | null } | null;
  /** ISO time; null: when an operator says so. */
  readonly nextRotation: string | null;
  readonly nodes: readonly KeyNodeLine[];
  readonly complaints: readonly string[];
}

/** @param entries - of the global store */
export function keysLines(standings: readonly PolicyStanding[], entries: readonly Entry[]): readonly KeysLine[] {
  const views = readKeys(entries);
  return standings.flatMap(({ inForce }) => {
    const policy = inForce?.policy;
    if (inForce === undefined || policy?.kind !== 'FernetKeys') return [];
    return [keysLine({ policy, revision: inForce.revision }, views.get(policy.name) ?? NO_KEYS)];
  });
}

function keysLine(accepted: Accepted<FernetKeys>, view: KeysView): KeysLine {
  const { policy } = accepted;
  const state = view.state?.value;
  const regions = new Map([...view.regions].map(([region, { value }]) => [region, value]));
  const accounts = accountNodes(policy, regions, state);
  const nodes = accounts.map(({ node, region, standing, report }): KeyNodeLine => {
    const { generation = null, found = null, since = null } = report ?? {};
    return { node, region, standing, generation, keys: found === null ? null : setText(found), since };
  });
  const isBehind = state === undefined || hasGoneBack(state, regions);
  const adoption = isBehind ? judgeAdoption(accepted, state, accounts, regions) : undefined;
  const standing = state === undefined ? 'not under management' : 'the global store has gone back';
  const notAdopted =
    adoption?.kind === 'refuse' && !adoption.isWaiting ? [`keys ${policy.name}: ${standing}: ${adoption.detail}`] : [];
  const wrong = accounts.filter(({ standing }) => state !== undefined && !['confirmed', 'behind'].includes(standing));
  return {
    name: policy.name,
    repository: policy.repository,
    mode: policy.mode,
    generation: state?.generation ?? null,
    keys: state === undefined ? null : setText(state.keys),
    work: workOf(state),
    nextRotation: nextRotation(policy, state),
    nodes,
    complaints: [
      ...view.problems.map(({ message }) => message),
      ...notAdopted,
      ...wrong.map(({ detail }) => `keys ${policy.name}: ${detail}`),
      ...(state?.work == null || wrong.length === 0
        ? []
        : [`keys ${policy.name}: the ${WORK[state.work.kind]} stands still at its step ${state.work.step} until then`]),
    ],
  };
}

function workOf(state: KeyState | undefined): KeysLine['work'] {
  if (state?.work == null) return null;
  const { kind, step, by } = state.work;
  return { kind: WORK[kind], step, by };
}

function nextRotation({ rotateEveryMs }: FernetKeys, state: KeyState | undefined): string | null {
  if (rotateEveryMs === null || state === undefined) return null;
  return new Date(state.rotatedAtMs + rotateEveryMs).toISOString();
}

export function keysText(lines: readonly KeysLine[]): readonly string[] {
  return lines.flatMap(({ name, repository, mode, generation, keys, work, nextRotation: next, nodes }) => {
    const at = generation === null ? 'not under management' : `generation ${generation}: ${keys}`;
    const doing = work === null ? 'at rest' : `${work.kind} at its step ${work.step}`;
    const then = next === null ? 'rotated by order' : `next rotation ${next}`;
    const head = [name, repository, at, doing, then, ...(mode === 'enforce' ? [] : [`mode ${mode}`])];
    return [...tableLines([head]), ...tableLines(nodes.map(nodeCells), 4)];
  });
}

function nodeCells({ node, region, standing, generation, keys, since }: KeyNodeLine): readonly string[] {
  const told = standing === 'confirmed' ? standing : standing.toUpperCase();
  return [node, region, told, generation === null ? '' : `generation ${generation}`, keys ?? '', since ?? ''];
}
