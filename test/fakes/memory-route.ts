/**
 * A route in memory: the backends of one proxy, with the sessions that run through them.
 */
import type { Outcome, RouteActuator, WantedRoute } from '../../src/actuator/actuator.ts';
import type { Grants } from '../../src/core/grants.ts';

/** The proxy itself: what its file says, what it was told, and who is connected. */
export class MemoryProxy {
  isRunning = true;
  /** Servers whose process has ended. */
  readonly down = new Set<string>();
  readonly #file: ReadonlyMap<string, ReadonlyMap<string, boolean>>;
  #told: Map<string, Map<string, boolean>>;
  readonly sessions = new Set<{ readonly backend: string; readonly server: string }>();

  readonly #backups: readonly string[];

  /**
   * @param file per backend its servers, and whether each takes traffic when the proxy starts
   * @param backups those that the file has as backups, in its order
   */
  constructor(file: Readonly<Record<string, Readonly<Record<string, boolean>>>>, backups: readonly string[] = []) {
    this.#backups = backups;
    this.#file = new Map(Object.entries(file).map(([name, servers]) => [name, new Map(Object.entries(servers))]));
    this.#told = this.#copy();
  }

  servers(backend: string): Map<string, boolean> | undefined {
    return this.#told.get(backend);
  }

  ready(backend: string): readonly string[] {
    return [...(this.servers(backend) ?? [])].flatMap(([name, isReady]) => (isReady ? [name] : [])).sort();
  }

  /** Of these servers those that the file has as backups, in its order. */
  backupsAmong(names: readonly string[]): readonly string[] {
    return this.#backups.filter((name) => names.includes(name));
  }

  /** Who gets the next session. */
  next(backend: string): string | undefined {
    const up = this.ready(backend).filter((name) => !this.down.has(name));
    return up.find((name) => !this.#backups.includes(name)) ?? this.backupsAmong(up)[0];
  }

  restart(): void {
    this.#told = this.#copy();
    this.sessions.clear();
    this.isRunning = true;
  }

  #copy(): Map<string, Map<string, boolean>> {
    return new Map([...this.#file].map(([name, servers]) => [name, new Map(servers)]));
  }
}

const failed = (detail: string): Outcome => ({ ok: false, refusal: 'Failed', detail });

export class MemoryRoute implements RouteActuator {
  readonly #proxy: MemoryProxy;
  readonly #grants: Grants;

  constructor(proxy: MemoryProxy, grants: Grants) {
    this.#proxy = proxy;
    this.#grants = grants;
  }

  async apply({ backend, ready: first, backups = [], sessions }: WantedRoute): Promise<Outcome> {
    if (!this.#grants.maySwitch(backend)) return { ok: false, refusal: 'NotGranted', detail: backend };
    if (!this.#proxy.isRunning) return failed('the proxy does not run');
    const servers = this.#proxy.servers(backend);
    if (servers === undefined) return failed(`no backend ${backend}`);
    const missing = [...first, ...backups].filter((name) => !servers.has(name));
    if (missing.length > 0) return failed(`no server ${missing.join(', ')}`);
    const kept = this.#proxy.backupsAmong(backups);
    const ready = [...first, ...kept];
    const others = backups.filter((name) => !kept.includes(name));
    const inOrder = backups.filter((name) => kept.includes(name));
    const problems = [
      ...(others.length === 0 ? [] : [`${others.join(', ')} cannot stand by: add "backup"`]),
      ...(inOrder.join() === kept.join() ? [] : [`backups as ${kept.join(', ')}, the policy as ${inOrder.join(', ')}`]),
    ];
    const notice = problems.length === 0 ? {} : { notice: problems.join('; ') };
    const changing = [...servers].filter(([name, isReady]) => isReady !== ready.includes(name));
    for (const [name, isReady] of changing) servers.set(name, !isReady);
    const ended = [...this.#proxy.sessions].filter(
      (session) => sessions === 'end' && session.backend === backend && !ready.includes(session.server),
    );
    for (const session of ended) this.#proxy.sessions.delete(session);
    const changes = changing.length + ended.length;
    return { ok: true, changed: changes > 0, detail: `${changes} changed`, ...notice };
  }
}
