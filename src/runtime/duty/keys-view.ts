/**
 * What a store holds about the keys of each policy, read in one place. A record that cannot be read is named: whoever needs
 * it then holds, and does not act.
 */
import type { KeyState, KeysOrder, NodeKeys, RegionKeys, WantedKeys } from '../../core/keys/key-state.ts';
import { Malformed } from '../../store/errors.ts';
import {
  keyStateRecord,
  keysOrderRecord,
  nodeKeysRecord,
  regionKeysRecord,
  wantedKeysRecord,
} from '../../store/key-records.ts';
import { parseKey } from '../../store/keys.ts';
import type { Entry } from '../../store/store.ts';

/** A record, and the revision of its last change. */
export interface Stored<T> {
  readonly value: T;
  readonly modRevision: bigint;
}

export interface KeysView {
  readonly state: Stored<KeyState> | undefined;
  readonly order: Stored<KeysOrder> | undefined;
  readonly regions: ReadonlyMap<string, Stored<RegionKeys>>;
  readonly wanted: Stored<WantedKeys> | undefined;
  readonly nodes: ReadonlyMap<string, NodeKeys>;
  readonly problems: readonly Malformed[];
}

interface Draft {
  state: Stored<KeyState> | undefined;
  order: Stored<KeysOrder> | undefined;
  readonly regions: Map<string, Stored<RegionKeys>>;
  wanted: Stored<WantedKeys> | undefined;
  readonly nodes: Map<string, NodeKeys>;
  readonly problems: Malformed[];
}

const emptyDraft = (): Draft => ({
  state: undefined,
  order: undefined,
  regions: new Map(),
  wanted: undefined,
  nodes: new Map(),
  problems: [],
});

export const NO_KEYS: KeysView = emptyDraft();

/** By the name of the policy. */
export function readKeys(entries: Iterable<Entry>): ReadonlyMap<string, KeysView> {
  const views = new Map<string, Draft>();
  for (const entry of entries) {
    const parsed = parseKey(entry.key);
    const { name = '' } = parsed?.parts ?? {};
    if (parsed === undefined || !parsed.name.startsWith('keys')) continue;
    const draft = views.get(name) ?? emptyDraft();
    views.set(name, draft);
    try {
      add(draft, parsed.name, parsed.parts, entry);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      draft.problems.push(error);
    }
  }
  return views;
}

/** @throws Malformed */
function add(draft: Draft, row: string, parts: Readonly<Record<string, string>>, entry: Entry): void {
  const { key, value, modRevision } = entry;
  switch (row) {
    case 'keysState':
      draft.state = { value: keyStateRecord.decode(key, value), modRevision };
      return;
    case 'keysOrder':
      draft.order = { value: keysOrderRecord.decode(key, value), modRevision };
      return;
    case 'keysRegion':
      draft.regions.set(parts.region ?? '', { value: regionKeysRecord.decode(key, value), modRevision });
      return;
    case 'keysWanted':
      draft.wanted = { value: wantedKeysRecord.decode(key, value), modRevision };
      return;
    case 'keysNode':
      draft.nodes.set(parts.node ?? '', nodeKeysRecord.decode(key, value));
      return;
    default:
      return;
  }
}

/** @param keys - as a mirror tells what changed; a policy that came or went concerns them as well */
export function concernsKeys(keys: readonly string[] | undefined): boolean {
  if (keys === undefined) return true;
  return keys.some((key) => {
    const row = parseKey(key)?.name;
    return row === 'accepted' || row?.startsWith('keys') === true;
  });
}
