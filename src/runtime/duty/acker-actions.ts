/**
 * Carries out what the core decided about the set of ackers on the primary: a write that proves that commits wait, a member
 * that is shut out, and members that are let in again.
 */

import { type DatabaseServer, ServerRefused } from '../../actuator/database-server.ts';
import type { MemberAction, MemberSnapshot } from '../../core/database/member-snapshot.ts';
import type { DatabaseView } from './database-view.ts';
import type { PrimaryRight } from './primary-right.ts';

export interface AckerActionsDeps {
  readonly server: DatabaseServer;
  readonly right: PrimaryRight;
  /** Wall clock, for the write-probe row. */
  readonly wallMs: () => number;
}

/** A candidate's proof has no acker to wait for; with ackers there it is one way there and back. */
const PROOF_TIMEOUT_MS = 2_000;

export class AckerActions {
  readonly #deps: AckerActionsDeps;

  constructor(deps: AckerActionsDeps) {
    this.#deps = deps;
  }

  /** A write that returns was acknowledged, if it had to be. @throws ServerRefused, ServerUnreachable */
  async prove({ node, state }: MemberSnapshot, signal: AbortSignal): Promise<void> {
    if (state === undefined) throw new Error('a write would be proved under no term');
    const row = { term: state.term, node, atMs: this.#deps.wallMs() };
    await this.#deps.server.writeProbe(row, { timeoutMs: PROOF_TIMEOUT_MS }, signal);
  }

  /** Strangers stay locked out if it does not come to it: a lock ends when its member is known to be plain. */
  async claim(
    snapshot: MemberSnapshot,
    { strangers, state }: MemberAction & { kind: 'claim' },
    view: DatabaseView,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { server, right } = this.#deps;
    for (const account of strangers) await server.shutOut(account, signal);
    if (strangers.length > 0) {
      const { clients } = (await server.look(signal)).semiSync;
      const known = state.ackers.length;
      if (clients > known)
        throw new ServerRefused(`${clients} servers acknowledge, and the set has ${known}`, { code: 'NotReadBack' });
    }
    await this.prove(snapshot, signal);
    return right.writeState(view, state, signal);
  }

  /** Whatever goes wrong before the store forgets the member, it is let in again: the others may need it. */
  async shutOut(
    snapshot: MemberSnapshot,
    { account, state }: MemberAction & { kind: 'shut-out' },
    view: DatabaseView,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { server, right } = this.#deps;
    try {
      await server.shutOut(account, signal);
      await this.prove(snapshot, signal);
    } catch (error) {
      await this.letIn({ accounts: [account], state: snapshot.state ?? null }, view, signal);
      throw error;
    }
    return right.writeState(view, state, signal);
  }

  /** @returns false if the view is not the store's any more: then it says nothing about who may come in */
  async letIn(
    { accounts, state }: Pick<MemberAction & { kind: 'let-in' }, 'accounts' | 'state'>,
    view: DatabaseView,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (state !== null && !(await this.#deps.right.writeState(view, state, signal))) return false;
    await this.#deps.server.letIn(accounts, signal);
    return true;
  }
}
