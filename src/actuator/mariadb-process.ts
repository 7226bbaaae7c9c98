/**
 * Drives the process of the MariaDB server: starts it through systemd with its start role written first, kills it, and
 * tells which invocation runs. systemd is asked only when the process changed; between that, one read of /proc says
 * whether the known one still lives, because this is asked several times a second and has to notice a death at once.
 */
import type { Grants } from '../core/grants.ts';
import type { Outcome } from './actuator.ts';
import { writeGranted } from './atomic-file.ts';
import { type RunCommand, runCommand } from './command.ts';
import { type ServerProcess, ServerRefused, ServerUnreachable, type StartRole } from './database-server.ts';
import { isGone, type ProcessIdentity, processIdentity } from './process-identity.ts';

export interface MariadbProcessOptions {
  /** E.g. `mariadb.service`; must have `Restart=no`, or systemd starts it without a role. */
  readonly unit: string;
  /** Read by mariadbd after its other option files, e.g. `/etc/mysql/mariadb.conf.d/zz-regent-role.cnf`. */
  readonly roleFile: string;
  readonly grants: Grants;
  /** Absolute path. Default `/usr/bin/systemctl`. */
  readonly systemctl?: string;
  /** Bound of a start, in ms: crash recovery takes its time. Default 90,000. */
  readonly startTimeoutMs?: number;
  readonly run?: RunCommand;
}

const DEFAULT_START_TIMEOUT_MS = 90_000;
const ASK_TIMEOUT_MS = 5_000;

/** A process that SIGKILL does not end in this time hangs in the kernel. */
const GONE_WITHIN_MS = 5_000;
const GONE_STEP_MS = 5;

/**
 * database-failover.md, "Restarts and rejoin": as `SLAVE` crash recovery cuts off what was not acknowledged; it needs the
 * replica side of semi-sync to do so.
 */
const ROLE_LINES: Readonly<Record<StartRole, readonly string[]>> = {
  keep: ['init_rpl_role=MASTER'],
  former: ['init_rpl_role=SLAVE', 'rpl_semi_sync_slave_enabled=1'],
};

interface Running {
  readonly invocation: string;
  readonly identity: ProcessIdentity;
}

export class MariadbProcess implements ServerProcess {
  readonly #options: MariadbProcessOptions;
  readonly #run: RunCommand;
  #known: Running | undefined;

  constructor(options: MariadbProcessOptions) {
    this.#options = options;
    this.#run = options.run ?? runCommand;
  }

  async invocation(signal?: AbortSignal): Promise<string | undefined> {
    return (await this.#running(signal))?.invocation;
  }

  /** Writes the role, starts the unit, and returns when systemd calls it started. Does nothing while it runs. */
  async start(role: StartRole, signal?: AbortSignal): Promise<void> {
    this.#assertGranted();
    if ((await this.#running(signal)) !== undefined) return;
    const { grants, roleFile, unit } = this.#options;
    const content = ['# Written by regent before each start.', '[mariadbd]', ...ROLE_LINES[role], ''].join('\n');
    assertWritten(await writeGranted(grants, { path: roleFile, content, mode: 0o644 }));
    // Earlier failures must not count against this start (StartLimitBurst); of a unit that never failed it asks nothing.
    await this.#systemctl(['reset-failed', unit], ASK_TIMEOUT_MS, signal);
    const timeoutMs = this.#options.startTimeoutMs ?? DEFAULT_START_TIMEOUT_MS;
    const { ok, stderr } = await this.#systemctl(['start', unit], timeoutMs, signal);
    if (!ok) throw new ServerUnreachable(`${unit} did not start: ${stderr}`, { code: 'NotStarted' });
    if ((await this.#running(signal)) === undefined)
      throw new ServerUnreachable(`${unit} ended right after its start`, { code: 'NotStarted' });
  }

  /** Ends the server in order, with everything flushed, and waits until it is gone. */
  async stop(signal?: AbortSignal): Promise<void> {
    this.#assertGranted();
    const running = await this.#running(signal);
    if (running === undefined) return;
    const { unit, startTimeoutMs = DEFAULT_START_TIMEOUT_MS } = this.#options;
    const { ok, stderr } = await this.#systemctl(['stop', unit], startTimeoutMs, signal);
    if (!ok) throw new ServerUnreachable(`${unit} did not stop: ${stderr}`, { code: 'NotStopped' });
    await this.#untilGone(running.identity);
    this.#known = undefined;
  }

  /** @throws ServerUnreachable when the process cannot be told gone; the caller must not count it as gone then */
  async kill(signal?: AbortSignal): Promise<void> {
    this.#assertGranted();
    const running = await this.#running(signal);
    if (running === undefined) return;
    try {
      process.kill(running.identity.pid, 'SIGKILL');
    } catch {
      // Another user's process, or it is gone already: systemd may do what this process may not.
      await this.#systemctl(['kill', '--signal=SIGKILL', '--kill-who=all', this.#options.unit], ASK_TIMEOUT_MS, signal);
    }
    await this.#untilGone(running.identity);
    this.#known = undefined;
  }

  async #running(signal: AbortSignal | undefined): Promise<Running | undefined> {
    if (this.#known !== undefined && !(await isGone(this.#known.identity))) return this.#known;
    this.#known = undefined;
    const { ok, stdout, stderr } = await this.#systemctl(
      ['show', '--property=MainPID,InvocationID', this.#options.unit],
      ASK_TIMEOUT_MS,
      signal,
    );
    if (!ok) throw new ServerUnreachable(`systemd does not answer: ${stderr}`, { code: 'SystemdAway' });
    const property = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(stdout)?.[1] ?? '';
    const pid = Number(property('MainPID'));
    const invocation = property('InvocationID');
    if (!(pid > 0) || invocation === '') return undefined;
    const identity = await processIdentity(pid);
    if (identity === undefined) return undefined;
    this.#known = { invocation, identity };
    return this.#known;
  }

  async #untilGone(identity: ProcessIdentity): Promise<void> {
    for (let waitedMs = 0; waitedMs < GONE_WITHIN_MS; waitedMs += GONE_STEP_MS) {
      if (await isGone(identity)) return;
      await new Promise((resolve) => setTimeout(resolve, GONE_STEP_MS));
    }
    throw new ServerUnreachable(`process ${identity.pid} does not end by SIGKILL`, { code: 'NotGone' });
  }

  #assertGranted(): void {
    if (!this.#options.grants.mayDrive(this.#options.unit))
      throw new ServerRefused(`the grants of this node do not name ${this.#options.unit}`, { code: 'NotGranted' });
  }

  #systemctl(args: readonly string[], timeoutMs: number, signal: AbortSignal | undefined) {
    const argv = [this.#options.systemctl ?? '/usr/bin/systemctl', ...args];
    return this.#run(argv, signal === undefined ? { timeoutMs } : { timeoutMs, signal });
  }
}

function assertWritten(outcome: Outcome): void {
  if (!outcome.ok) throw new ServerRefused(outcome.detail, { code: outcome.refusal });
}
