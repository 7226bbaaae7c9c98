/** A dead man's switch in memory: the order that stands, and every change of it. */
import type { DeadMansSwitch, FencedRight } from '../../src/actuator/fence-order.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { FenceReport } from '../../src/core/dead-mans-switch.ts';

export class MemorySwitch implements DeadMansSwitch {
  readonly #clock: Clock;
  /** On the clock of the test. */
  deadlineMs: number | undefined;
  armedFor: string | undefined;
  readonly calls: string[] = [];
  report: FenceReport | undefined;
  /** From now on no order can be given. */
  isBroken = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  arm({ term, serverInvocation, remainingMs }: FencedRight): void {
    if (this.isBroken) throw new Error('no space left');
    this.armedFor = `${term}/${serverInvocation}`;
    this.deadlineMs = this.#clock.nowMs() + remainingMs();
    this.calls.push('arm');
  }

  armIfDisarmed(right: FencedRight): boolean {
    if (this.deadlineMs !== undefined) return false;
    this.arm(right);
    return true;
  }

  disarm(): void {
    if (this.deadlineMs !== undefined) this.calls.push('disarm');
    this.deadlineMs = undefined;
    this.armedFor = undefined;
  }

  takeReport(): FenceReport | undefined {
    const { report } = this;
    this.report = undefined;
    return report;
  }
}
