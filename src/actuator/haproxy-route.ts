/**
 * Points one backend of this node's HAProxy at the wanted servers through the Runtime API: no file, no restart. All that
 * is to change goes in one line: those that leave first, so that two databases are never both in the way of a client
 * (F4), or, where sessions may finish, those that join, so that no request meets a backend without a server. It compares
 * what is with what is wanted each time: a restarted HAProxy has forgotten everything.
 */
import type { Grants } from '../core/grants.ts';
import { askHaproxy, HAPROXY_NAME, HaproxyUnreachable, parseServersState, parseStat } from '../probe/haproxy-socket.ts';
import type { Outcome, RouteActuator, WantedRoute } from './actuator.ts';

export interface HaproxyRouteOptions {
  /** Absolute path of the Runtime API's socket, level admin. */
  readonly socketPath: string;
  readonly grants: Grants;
  readonly timeoutMs?: number;
}

type Ask = (command: string) => Promise<string>;

export class HaproxyRoute implements RouteActuator {
  readonly #options: HaproxyRouteOptions;

  constructor(options: HaproxyRouteOptions) {
    this.#options = options;
  }

  async apply(route: WantedRoute, signal?: AbortSignal): Promise<Outcome> {
    const { socketPath, grants, timeoutMs } = this.#options;
    if (!grants.maySwitch(route.backend) || !grants.mayUse(socketPath))
      return {
        ok: false,
        refusal: 'NotGranted',
        detail: `the grants do not name backend ${route.backend} on ${socketPath}`,
      };
    const odd = [route.backend, ...route.ready, ...(route.backups ?? [])].find((name) => !HAPROXY_NAME.test(name));
    if (odd !== undefined) return failed(`not a name that HAProxy allows: ${JSON.stringify(odd)}`);
    const ask: Ask = (command) =>
      askHaproxy(socketPath, command, timeoutMs === undefined ? { signal } : { timeoutMs, signal });
    try {
      return await switchTo(ask, route);
    } catch (error) {
      if (error instanceof HaproxyUnreachable) return failed(error.message);
      throw error;
    }
  }
}

async function switchTo(ask: Ask, route: WantedRoute): Promise<Outcome> {
  const { backend, sessions } = route;
  const before = parseServersState(await ask(`show servers state ${backend}`));
  if (before === undefined || before.length === 0) return failed(`HAProxy knows no backend ${backend} with servers`);
  const missing = [...route.ready, ...(route.backups ?? [])].filter(
    (name) => !before.some((each) => each.name === name),
  );
  if (missing.length > 0) return failed(`backend ${backend} has no server ${missing.join(', ')}`);
  const { kept, notice } = await backupsOf(ask, route);
  const ready = [...route.ready, ...kept];
  const leaving = before.filter(({ name, isReady }) => isReady && !ready.includes(name)).map(({ name }) => name);
  const joining = before.filter(({ name, isReady }) => !isReady && ready.includes(name)).map(({ name }) => name);
  const unwanted = before.map(({ name }) => name).filter((name) => !ready.includes(name));
  const lingering = sessions === 'finish' ? [] : await withSessions(ask, backend, unwanted);
  const leave = leaving.map((name) => `set server ${backend}/${name} state maint`);
  const join = joining.map((name) => `set server ${backend}/${name} state ready`);
  const ends = new Set([...leaving, ...lingering].map((name) => `shutdown sessions server ${backend}/${name}`));
  const commands = sessions === 'finish' ? [...join, ...leave] : [...leave, ...ends, ...join];
  if (commands.length === 0) return { ok: true, changed: false, detail: `${backend} is as wanted`, ...notice };
  const answer = (await ask(commands.join(';'))).trim();
  const after = parseServersState(await ask(`show servers state ${backend}`)) ?? [];
  const wrong = after.filter(({ name, isReady }) => isReady !== ready.includes(name)).map(({ name }) => name);
  if (wrong.length > 0 || after.length !== before.length)
    return failed(`${backend} does not show as wanted (${wrong.join(', ')}): ${answer || 'HAProxy says nothing'}`);
  const changes = [leaving.length > 0 ? `out: ${leaving}` : '', joining.length > 0 ? `in: ${joining}` : ''];
  const detail = `${backend}: ${changes.filter((change) => change !== '').join('; ') || `ended sessions of ${lingering}`}`;
  return { ok: true, changed: true, detail, ...notice };
}

/** Which of the wanted backups may stay, by what HAProxy's own configuration says of them. */
async function backupsOf(ask: Ask, { backend, ready, backups = [] }: WantedRoute) {
  const wanted = backups.filter((name) => !ready.includes(name));
  if (wanted.length === 0) return { kept: [], notice: {} };
  const rows = parseStat(await ask('show stat')).filter(({ proxy }) => proxy === backend);
  const declared = rows.filter(({ name, isBackup }) => isBackup && wanted.includes(name)).map(({ name }) => name);
  const others = wanted.filter((name) => !declared.includes(name));
  const inOrder = wanted.filter((name) => declared.includes(name));
  const problems = [
    ...(others.length === 0
      ? []
      : [`${others.join(', ')} cannot stand by: add "backup" to its server line in backend ${backend} of haproxy.cfg`]),
    ...(inOrder.join() === declared.join()
      ? []
      : [
          `backend ${backend} has its backups as ${declared.join(', ')}, the policy as ${inOrder.join(', ')}: HAProxy goes by its own`,
        ]),
  ];
  return { kept: declared, notice: problems.length === 0 ? {} : { notice: problems.join('; ') } };
}

/** Of these servers those that still have sessions: left over from somebody who died between two commands. */
async function withSessions(ask: Ask, backend: string, names: readonly string[]): Promise<readonly string[]> {
  if (names.length === 0) return [];
  const rows = parseStat(await ask('show stat'));
  return rows
    .filter(({ proxy, name, sessions }) => proxy === backend && sessions > 0 && names.includes(name))
    .map(({ name }) => name);
}

function failed(detail: string): Outcome {
  return { ok: false, refusal: 'Failed', detail };
}
