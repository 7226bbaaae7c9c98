/**
 * A member's side of the dead man's switch (F2): the order is renewed with the right, taken back only when the server
 * was seen closed, and what the switch did becomes an event.
 */
import type { DatabaseServer, ServerProcess } from '../../actuator/database-server.ts';
import type { DeadMansSwitch } from '../../actuator/fence-order.ts';
import type { MemberSnapshot } from '../../core/database/member-snapshot.ts';
import type { NewEvent } from '../../core/event.ts';
import type { Accepted, DatabaseFailover } from '../../core/policy.ts';
import type { PrimaryRight } from './primary-right.ts';

export interface SwitchKeeperDeps {
  readonly node: string;
  readonly database: string;
  readonly deadMansSwitch: DeadMansSwitch;
  readonly right: PrimaryRight;
  readonly server: DatabaseServer;
  readonly process: ServerProcess;
  readonly record: (event: NewEvent) => void;
}

export class SwitchKeeper {
  readonly #deps: SwitchKeeperDeps;
  #problem: string | undefined;

  constructor(deps: SwitchKeeperDeps) {
    this.#deps = deps;
  }

  /** The right's deadline may have moved. A switch that cannot be told is an event, once; it acts at the deadline before. */
  renewed(): void {
    try {
      this.#deps.right.arm();
      this.#problem = undefined;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (problem === this.#problem) return;
      this.#problem = problem;
      const message = `${this.#deps.node} could not renew the order of its dead man's switch: ${problem}`;
      this.#deps.record({ name: 'database:fence:failed', subject: this.#deps.database, message, cause: problem });
    }
  }

  /** Records what the fence did while this agent could not. */
  tell({ revision }: Accepted<DatabaseFailover>): void {
    const { deadMansSwitch, node, database, record } = this.#deps;
    const report = deadMansSwitch.takeReport();
    if (report === undefined) return;
    const { how, cause, atMs, tookMs, term } = report;
    const done = how === 'killed' ? 'killed mariadbd' : 'closed the server';
    record({
      name: 'database:primary:fenced',
      subject: database,
      message: `the dead man's switch of ${node} ${done} at ${new Date(atMs).toISOString()}, in ${tookMs} ms: ${cause}`,
      cause,
      policyRevision: revision,
      ...(term === null ? {} : { epoch: BigInt(term) }),
      facts: { how, tookMs, closedAtMs: atMs },
    });
  }

  /**
   * Takes the order back if there is nothing to close: no right, and a server that was just seen read-only or gone.
   * Called where nothing can be opening the server.
   */
  settle({ server: { invocation, look } }: Pick<MemberSnapshot, 'server'>): void {
    const isClosed = invocation === undefined || look?.readOnly === true;
    if (isClosed && !this.#deps.right.isAlive) this.#deps.deadMansSwitch.disarm();
  }

  /**
   * Ends in order.
   * @param isHeld - a hold was written, so that nobody opens another server: this one may stay open without a right
   * @param leave - ends the right; from its call on no renewal arms the switch again, so the order goes right after it
   */
  async end(isHeld: boolean, leave: () => Promise<void>): Promise<void> {
    const isOver = isHeld || (await this.#isClosed());
    const left = leave();
    if (isOver) this.#deps.deadMansSwitch.disarm();
    await left;
  }

  /** Nobody opens another server any more, or closes this one: it stays open without a right. */
  readonly letGo = (): Promise<void> => this.end(true, () => this.#deps.right.forget());

  /** A server that cannot be asked may be open: its order stands. */
  async #isClosed(): Promise<boolean> {
    const { process, server } = this.#deps;
    if ((await process.invocation()) === undefined) return true;
    return server.look().then(
      ({ readOnly }) => readOnly,
      () => false,
    );
  }
}
