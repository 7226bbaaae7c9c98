/**
 * The units of a service on this node: which of them run, and how they are made to read their files again. systemd's
 * units go through systemctl, Kolla's containers through a command template of argument vectors; no shell. What does not
 * run is never started.
 */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { unitsToDrive } from '../core/configuration/service-files.ts';
import type { Layout, ServiceRow, ServiceUnit } from '../core/configuration/service-row.ts';
import type { Grants } from '../core/grants.ts';
import type { RunCommand } from './command.ts';

export interface DrivenUnit {
  readonly unit: string;
  readonly how: 'restart' | 'reload';
  /** Restarted only for files that name it. */
  readonly ownFilesOnly: boolean;
}

export type RunningUnits =
  | {
      readonly ok: true;
      /** In the order in which they are restarted. */
      readonly units: readonly DrivenUnit[];
      /** Units that had failed before: a restart of theirs proves nothing, and is somebody else's. */
      readonly failed: readonly string[];
      /** What keeps a container from reading its files again, each with its remedy. */
      readonly obstacles: readonly string[];
    }
  | { readonly ok: false; readonly detail: string };

export interface ContainerCommands {
  /** `CONTAINER` stands for the name. */
  readonly restart: readonly string[];
  /** Prints `true` or `false` for running, and the environment as a JSON list. */
  readonly inspect: readonly string[];
}

export const DOCKER: ContainerCommands = {
  restart: ['/usr/bin/docker', 'restart', 'CONTAINER'],
  inspect: ['/usr/bin/docker', 'inspect', '--format', '{{.State.Running}} {{json .Config.Env}}', 'CONTAINER'],
};

export const PODMAN: ContainerCommands = {
  restart: ['/usr/bin/podman', 'restart', 'CONTAINER'],
  inspect: ['/usr/bin/podman', 'inspect', '--format', '{{.State.Running}} {{json .Config.Env}}', 'CONTAINER'],
};

export interface NodeUnitsOptions {
  readonly run: RunCommand;
  readonly grants: Grants;
  /** Absolute path. */
  readonly systemctl: string;
  readonly containers: ContainerCommands;
  readonly root: string;
}

const ASK_TIMEOUT_MS = 10_000;

/** systemd gives a unit 90 s for its stop and 90 s for its start unless the unit says otherwise. */
const RESTART_TIMEOUT_MS = 240_000;

/** `activating` is a unit that tries again and again, for instance because its Keystone does not answer. */
const RUNNING = new Set(['active', 'reloading', 'activating']);

export class NodeUnits {
  readonly #options: NodeUnitsOptions;

  constructor(options: NodeUnitsOptions) {
    this.#options = options;
  }

  /** The units of a service that run now. */
  async running(row: ServiceRow, layout: Layout, signal: AbortSignal): Promise<RunningUnits> {
    const wanted = await this.#served(unitsToDrive(row, layout));
    if (wanted.length === 0) return { ok: true, units: [], failed: [], obstacles: [] };
    return layout === 'kolla' ? this.#runningContainers(wanted, signal) : this.#runningUnits(wanted, signal);
  }

  mayDrive(unit: string, layout: Layout): boolean {
    const { grants } = this.#options;
    return layout === 'kolla' ? grants.mayRestart(unit) : grants.mayDrive(unit);
  }

  /** @returns undefined when the unit runs again, else why not */
  async drive(
    { unit, how }: Pick<DrivenUnit, 'unit' | 'how'>,
    layout: Layout,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { run, systemctl, containers } = this.#options;
    if (!this.mayDrive(unit, layout)) return `the grants of this node do not name ${unit}`;
    const argv = layout === 'kolla' ? withName(containers.restart, unit) : [systemctl, how, unit];
    const { ok, stderr } = await run(argv, { timeoutMs: RESTART_TIMEOUT_MS, signal });
    if (!ok) return `${unit} was not ${how}ed: ${stderr.trim().slice(-500) || 'no reason given'}`;
    return this.complaint(unit, layout, signal);
  }

  /** @returns undefined while the unit runs, else what it does instead */
  async complaint(unit: string, layout: Layout, signal: AbortSignal): Promise<string | undefined> {
    if (layout === 'kolla') {
      const state = await this.#container(unit, signal);
      return state.isRunning === true ? undefined : `${unit} does not run: ${state.detail}`;
    }
    const [state] = await this.#states([unit], signal);
    return state?.state === 'active'
      ? undefined
      : `${unit} is ${state?.state ?? 'unknown'}; see: journalctl -u ${unit}`;
  }

  /** Without web servers that serve something else. */
  async #served(units: readonly ServiceUnit[]): Promise<readonly ServiceUnit[]> {
    const isThere = (path: string): Promise<boolean> =>
      access(join(this.#options.root, path)).then(
        () => true,
        () => false,
      );
    const served = await Promise.all(
      units.map(
        async ({ servedBy }) => servedBy === undefined || (await Promise.all(servedBy.map(isThere))).includes(true),
      ),
    );
    return units.filter((_, index) => served[index]);
  }

  async #runningUnits(wanted: readonly ServiceUnit[], signal: AbortSignal): Promise<RunningUnits> {
    try {
      const states = await this.#states(
        wanted.map(({ unit }) => unit),
        signal,
      );
      const units = states.flatMap(({ unit, asked, state }): readonly DrivenUnit[] => {
        const { how, ownFilesOnly = false } = wanted.find((each) => each.unit === asked) ?? { how: 'restart' };
        return RUNNING.has(state) ? [{ unit, how, ownFilesOnly }] : [];
      });
      const failed = states.filter(({ state }) => state === 'failed').map(({ unit }) => unit);
      return { ok: true, units, failed, obstacles: [] };
    } catch (error) {
      return { ok: false, detail: error instanceof Error ? error.message : String(error) };
    }
  }

  /** One state for each name, in their order; for each pattern, one for every unit that fits, after them. */
  async #states(names: readonly string[], signal: AbortSignal) {
    const { run, systemctl } = this.#options;
    const plain = names.filter((name) => !name.includes('*'));
    const patterns = names.filter((name) => name.includes('*'));
    const argv = [systemctl, 'show', '--property=Id,ActiveState', '--', ...plain, ...patterns];
    const { ok, stdout, stderr } = await run(argv, { timeoutMs: ASK_TIMEOUT_MS, signal });
    if (!ok) throw new Error(`systemctl does not tell which units run: ${stderr.trim()}`);
    const blocks = stdout.split(/\n\s*\n/).filter((block) => block.trim() !== '');
    return blocks.map((block, index) => {
      const property = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(block)?.[1] ?? '';
      const asked = plain[index] ?? patterns[0] ?? '';
      return { unit: plain[index] ?? property('Id'), asked, state: property('ActiveState') };
    });
  }

  async #runningContainers(wanted: readonly ServiceUnit[], signal: AbortSignal): Promise<RunningUnits> {
    const units: DrivenUnit[] = [];
    const obstacles: string[] = [];
    for (const { unit, how } of wanted) {
      const { isRunning, isCopiedOnce, detail } = await this.#container(unit, signal);
      if (isRunning === undefined) return { ok: false, detail };
      if (isRunning) units.push({ unit, how, ownFilesOnly: false });
      if (isRunning && isCopiedOnce)
        obstacles.push(
          `${unit} reads its files only when it is made; set config_strategy: "COPY_ALWAYS" in globals.yml and run kolla-ansible reconfigure`,
        );
    }
    return { ok: true, units, failed: [], obstacles };
  }

  async #container(name: string, signal: AbortSignal) {
    const argv = withName(this.#options.containers.inspect, name);
    const { ok, stdout, stderr } = await this.#options.run(argv, { timeoutMs: ASK_TIMEOUT_MS, signal });
    const isAbsent = !ok && /no such (object|container)/i.test(stderr);
    return {
      isRunning: ok || isAbsent ? stdout.trimStart().startsWith('true') : undefined,
      isCopiedOnce: stdout.includes('KOLLA_CONFIG_STRATEGY=COPY_ONCE'),
      detail: ok ? 'it has ended' : `${argv[0]} says nothing about ${name}: ${stderr.trim().slice(-500)}`,
    };
  }
}

function withName(template: readonly string[], name: string): readonly string[] {
  return template.map((part) => (part === 'CONTAINER' ? name : part));
}
