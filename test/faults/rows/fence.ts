/**
 * Each fence alone, with those before and beside it switched off. What a row does not promise is said in it: a fence that
 * closes no server is not judged by servers that are open.
 */

import { AGENT_UNIT } from '../../bed/agents.ts';
import { cutFromRegent, killUnit } from '../../bed/faults.ts';
import { hostByName } from '../../bed/topology.ts';
import { waitUntil } from '../../bed/wait.ts';
import { nowMs } from '../../demo/moment.ts';
import { holdRoutes, stopAgentAndSwitch, stopSwitch, stopWaiting } from '../fences-off.ts';
import type { FaultRow, Scene } from '../row.ts';
import { beforeItsClosing, openedElsewhereMs, type Seen } from '../seen.ts';
import { after, bounds, type Timing } from '../timing.ts';

/** For how long the former primary stands open beside the new one. */
const BESIDE_MS = 4_000;
/** What F3 and F4 do: they begin with the ballot and after it. */
const LATER_FENCES = /^(database:member:frozen|route:backend:applied)$/;

const standsMs = (timing: Timing): number => bounds.lease.ms(timing) + BESIDE_MS;

export const fenceRows: readonly FaultRow[] = [
  {
    name: 'alone-deadline',
    what: "F1 alone: the primary's agent is cut from the stores and its peers, and the dead man's switch is off; replicas and clients still reach the server",
    shows: ['I1', 'I2'],
    moves: 'the primary',
    outage: bounds.lease,
    fencedBy: ['lease', 'promises', 'ackers'],
    make: async (scene) => {
      await stopSwitch(scene);
      await scene.direct(scene.primary).firstSuccess();
      const undo = await cutFromRegent(scene.primary);
      const cutMs = nowMs();
      scene.onUndo(undo);
      scene.onSeen((seen) => {
        checkClosedFirst(scene, seen);
        const late = seen.direct.filter(({ ok, startMs }) => ok && startMs > cutMs);
        scene.check('the server took writes when its agent was cut off', late.length > 0, `${late.length} rows`);
      });
    },
  },
  {
    name: 'alone-switch',
    what: "F2 alone: the primary's agent is stopped; replicas and clients still reach the server",
    shows: ['I1', 'I2'],
    moves: 'the primary',
    outage: bounds.lease,
    fencedBy: ['lease', 'promises', 'ackers'],
    make: async (scene) => {
      const { primary, onUndo, onSeen } = scene;
      onUndo(() => killUnit(primary, AGENT_UNIT, 'SIGCONT'));
      onSeen((seen) => checkClosedFirst(scene, seen));
      await killUnit(primary, AGENT_UNIT, 'SIGSTOP');
    },
  },
  {
    name: 'alone-acknowledgement',
    what: "F3 alone: the primary's agent and dead man's switch are stopped, and no proxy can be told anything; the server accepts writes and acknowledges none",
    shows: ['I1', 'I2'],
    moves: 'the primary',
    outage: after(BESIDE_MS, 'beside', bounds.heldRoute),
    standsMs,
    isFeltToTheEnd: true,
    twoWriters: 'acknowledged',
    fencedBy: ['lease', 'promises', 'ackers'],
    make: async (scene) => {
      await holdRoutes(scene);
      const client = scene.direct(scene.primary);
      await client.firstSuccess();
      await stopAgentAndSwitch(scene);
      await scene.direct(await openedElsewhere(scene)).firstSuccess();
      scene.onSeen((seen) => {
        const openedMs = openedElsewhereMs(seen) ?? Number.POSITIVE_INFINITY;
        const late = client.samples.filter(({ startMs }) => startMs > openedMs);
        const silent = late.filter(({ ok, status }) => !ok && status === 0);
        const detail = `${silent.length} of ${late.length} rows have no answer`;
        scene.check('the former primary accepts writes and answers none', silent.length > 0, detail);
      });
    },
  },
  {
    name: 'alone-route',
    what: "F4 alone: the primary's agent and dead man's switch are stopped and its commits wait for nobody; through the proxies no client reaches it. Whoever reaches it past them, and what it takes before they have moved, is outside this fence",
    shows: ['I1'],
    moves: 'the primary',
    outage: bounds.lease,
    standsMs,
    twoWriters: 'by the route',
    dualWritableMaxMs: 1_000,
    mayLoseItsWrites: true,
    fencedBy: ['lease', 'promises'],
    make: async (scene) => {
      const client = scene.direct(scene.primary);
      await client.firstSuccess();
      await stopAgentAndSwitch(scene);
      await stopWaiting(scene);
      await openedElsewhere(scene);
      await client.firstSuccess();
      scene.onSeen((seen) => checkRouteMoved(scene, seen));
    },
  },
];

/** F1 and F2 come before anything else: closed while replicas still received and every route still led there. */
function checkClosedFirst({ check }: Scene, seen: Seen): void {
  const early = beforeItsClosing(seen, LATER_FENCES);
  const detail = early === undefined ? 'it was never closed' : early.join(', ') || 'nothing came before';
  check('the server is closed before any replica freezes and any route moves', early?.length === 0, detail);
}

function checkRouteMoved({ check, primary }: Scene, seen: Seen): void {
  const openedMs = openedElsewhereMs(seen) ?? Number.POSITIVE_INFINITY;
  const former = hostByName(primary).serverId;
  const other = seen.byRoute.filter(({ ok, endMs, server }) => ok && endMs > openedMs && server !== former);
  check('writes by the route reach the new primary meanwhile', other.length > 0, `${other.length} rows`);
}

async function openedElsewhere({ databases, primary, timing, signal }: Scene): Promise<string> {
  const others = (): readonly string[] => databases.open.filter((host) => host !== primary);
  const options = { timeoutMs: bounds.lease.ms(timing), pauseMs: 50, signal };
  await waitUntil('another open database', options, async () => ({ ok: others().length > 0, detail: 'none' }));
  return others()[0] ?? '';
}
