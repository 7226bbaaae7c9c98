/** Planted bugs in the rules of the identity route, each with the checker that has to find it. */
import type { BallotMutant, Schedules } from '../ballot/mutants.ts';

export const ROUTES: Schedules = { file: '../routes/world.ts', simulate: 'simulateRoutes' };

const QUORUM = 'src/core/quorum.ts';
const STATE = 'src/core/identity-state.ts';
const ROUTE = 'src/core/identity-route.ts';
const ORDER = 'src/core/identity-order.ts';

export const ROUTE_MUTANTS: readonly BallotMutant[] = [
  {
    bug: 'one observer is a majority',
    file: QUORUM,
    find: 'return Math.floor(electorate / 2) + 1;',
    replace: 'return 1;',
    found: 'I3',
  },
  {
    bug: 'who cannot look counts as who has failed',
    file: QUORUM,
    find: "const failed = voters('failed');",
    replace: "const failed = observers.filter((node) => said.get(node)?.health !== 'ok');",
    found: 'I3',
  },
  {
    bug: 'a majority need not have failed for any time',
    file: STATE,
    find: 'if (failedForMs < isolateAfterMs) return',
    replace: 'if (failedForMs < 0) return',
    found: 'I3',
  },
  {
    bug: 'a home that is good for a moment is good enough',
    file: STATE,
    find: 'if (okForMs < returnAfterMs) return',
    replace: 'if (okForMs < 0) return',
    found: 'I3',
  },
  {
    bug: 'a region goes to Keystones that nobody has seen work',
    file: STATE,
    find: "return ownKeystoneWorks ? { state: 'isolated' }",
    replace: "return ownKeystoneWorks || true ? { state: 'isolated' }",
    from: 1_500,
    found: 'target',
  },
  {
    bug: 'an order to isolate is obeyed without a proof of the target',
    file: ORDER,
    find: 'if (facts.ownKeystoneWorks) return undefined;',
    replace: 'return undefined;',
    found: 'target',
  },
  {
    bug: 'an order to return is obeyed without a proof of home',
    file: ORDER,
    find: 'if (facts.homeWorks) return undefined;',
    replace: 'return undefined;',
    from: 850,
    found: 'I3',
  },
  {
    bug: 'a region returns without waiting for its cooldown',
    file: STATE,
    find: 'if (awayForMs >= cooldownMs) return',
    replace: 'if (awayForMs >= 0) return',
    found: 'cooldown',
  },
  {
    bug: 'a region that was sent away comes back by itself',
    file: ROUTE,
    find: 'if (that.current?.isOrdered === true || isStuckAway(that.current))',
    replace: 'if (isStuckAway(that.current))',
    found: 'order',
  },
  {
    bug: 'a manual return is made automatically',
    file: STATE,
    find: "if (returning === 'manual') return",
    replace: "if (returning !== 'manual' && returning !== 'automatic') return",
    found: 'order',
  },
  {
    bug: 'a hold holds nothing',
    file: 'src/core/region.ts',
    find: 'const hold = holdOver(scopeOf(desired), seen.holds, seen.wallMs);',
    replace: 'const hold = holdOver(scopeOf(desired), [], seen.wallMs);',
    found: 'hold',
  },
  {
    bug: 'a policy that only observes acts',
    file: 'src/core/region.ts',
    find: "accepted.policy.mode === 'observe' ? 'ObserveMode' :",
    replace: '',
    found: 'observe',
  },
  {
    bug: 'an order that was obeyed stays in the store',
    file: 'src/runtime/duty/leader-writes.ts',
    find: 'if (refused === undefined) return [end];',
    replace: 'if (refused === undefined) return [];',
    found: 'order',
  },
  {
    bug: 'a proxy that has forgotten its route is not told again',
    file: 'src/runtime/duty/proxy-duty.ts',
    find: 'const outcome = stale ?? (await this.#apply(stored.value, signal));',
    replace:
      "const outcome = stale ?? (this.#applied.has(appliedKey(this.#deps.node, stored.value.kind, stored.value.name)) ? { ok: true as const, changed: false, detail: '' } : await this.#apply(stored.value, signal));",
    found: 'I10',
  },
  {
    bug: 'how long something stands does not begin anew when it changes',
    file: 'src/runtime/duty/leader-duty.ts',
    find: '{each.health} $',
    replace: '{each.probe} $',
    found: 'I3',
  },
];
