/**
 * Reads what a command needs of a store, by prefixes, so that the audit trail is not read along. A store that does not
 * answer is an answer too: `regentctl status` shows it, other commands end with it.
 */
import { StoreUnavailable } from '../store/errors.ts';
import type { Entry, Store, StoreStatus } from '../store/store.ts';
import { exitCodes } from './exit-codes.ts';
import { CommandFailed } from './session.ts';

export type StoreContents =
  | { readonly isReachable: true; readonly entries: readonly Entry[] }
  | { readonly isReachable: false; readonly detail: string };

/** Nothing, if the store did not answer. */
export function entriesIn(contents: StoreContents | undefined): readonly Entry[] {
  return contents?.isReachable === true ? contents.entries : [];
}

export async function readContents(store: Store, prefixes: readonly string[]): Promise<StoreContents> {
  try {
    const lists = await Promise.all(prefixes.map((prefix) => store.list(prefix)));
    return { isReachable: true, entries: lists.flatMap((list) => list.entries) };
  } catch (error) {
    if (error instanceof StoreUnavailable) return { isReachable: false, detail: error.message };
    throw error;
  }
}

/** @throws CommandFailed if the store does not answer */
export async function requireContents(store: Store, prefixes: readonly string[]): Promise<readonly Entry[]> {
  const contents = await readContents(store, prefixes);
  if (contents.isReachable) return contents.entries;
  throw new CommandFailed(exitCodes.storeUnreachable, `the ${store.name} store does not answer: ${contents.detail}`);
}

/** @returns undefined if not even that could be asked */
export async function readStatus(store: Store): Promise<StoreStatus | undefined> {
  try {
    return await store.status();
  } catch (error) {
    if (error instanceof StoreUnavailable) return undefined;
    throw error;
  }
}
