/**
 * The configuration of one node as a model: which Keystone the files of its services name, which one their processes have
 * read, and what somebody else writes into them. Each step takes time, and whoever calls may be killed between any two:
 * what was done stays, and the next call makes up for it. How files are read and written is not its part.
 */
import type {
  ConfigurationActuator,
  ConfigurationOutcome,
  ConfigurationPlan,
  ServiceOutcome,
  VerifyService,
  WantedConfiguration,
} from '../../../src/actuator/configuration.ts';

/** What is on the node; it outlives every process of the agent. */
export class ModelFiles {
  /** By service: base URL in its file. */
  readonly files = new Map<string, string>();
  /** By service: base URL that its processes have read; undefined while they do not run. */
  readonly running = new Map<string, string | undefined>();
  /** By service: what regent wrote last, so that what others write is known. */
  readonly written = new Map<string, string>();
  notGranted: readonly string[] = [];
  leftover: readonly string[] = [];
  /** Services whose units do not come up with another configuration. */
  readonly isBroken = new Set<string>();
  /** How often a unit was restarted. */
  restarts = 0;

  constructor(services: readonly string[], base: string) {
    for (const service of services) {
      this.files.set(service, base);
      this.running.set(service, base);
    }
  }

  /** A deployment tool writes its own value and restarts what reads it. */
  overwrite(service: string, base: string): void {
    this.files.set(service, base);
    this.running.set(service, base);
  }

  /** Does every service use this Keystone? */
  uses(base: string): boolean {
    return [...this.files].every(([service, file]) => file === base && this.running.get(service) === base);
  }
}

export interface ModelConfigurationDeps {
  readonly node: ModelFiles;
  /** Waits as long as a step takes. @throws if the signal is aborted */
  readonly step: (what: string, signal: AbortSignal) => Promise<void>;
}

export class ModelConfiguration implements ConfigurationActuator {
  readonly #deps: ModelConfigurationDeps;

  constructor(deps: ModelConfigurationDeps) {
    this.#deps = deps;
  }

  async apply(wanted: WantedConfiguration, verify: VerifyService, signal: AbortSignal): Promise<ConfigurationOutcome> {
    const { node } = this.#deps;
    if (node.notGranted.length > 0)
      return { ok: false, refusal: 'NotGranted', detail: `grants lack ${node.notGranted.join(', ')}` };
    const services: ServiceOutcome[] = [];
    const drift: string[] = [];
    for (const service of wanted.services.filter((each) => node.files.has(each))) {
      if (this.#isDrift(service, wanted.to)) drift.push(fileOf(service));
      const problem = await this.#point(service, wanted.to, verify, signal);
      if (typeof problem === 'string') return { ok: false, refusal: 'Failed', detail: problem };
      services.push(problem);
    }
    const changed = services.some(({ files, units }) => files.length + units.length > 0);
    return { ok: true, changed, detail: `${services.length} services`, services, drift };
  }

  async look(wanted: WantedConfiguration, signal: AbortSignal): Promise<ConfigurationPlan> {
    const { node, step } = this.#deps;
    await step('look', signal);
    const services = wanted.services.filter((service) => node.files.has(service));
    return {
      services: services.map((service) => {
        const before = node.files.get(service) ?? '';
        const isAsWanted = before === wanted.to;
        const change = { line: 1, section: 'keystone_authtoken', option: 'auth_url', before, after: wanted.to };
        const file = { path: fileOf(service), changes: isAsWanted ? [] : [change], notUnderstood: undefined };
        const isDrift = this.#isDrift(service, wanted.to);
        const units = isAsWanted && node.running.get(service) === wanted.to ? [] : [`${service}.service`];
        return { service, files: [{ ...file, leftover: node.leftover, isDrift }], units };
      }),
      notGranted: node.notGranted,
      obstacles: [],
    };
  }

  /** @returns what was done, or why it was undone */
  async #point(
    service: string,
    to: string,
    verify: VerifyService,
    signal: AbortSignal,
  ): Promise<ServiceOutcome | string> {
    const { node } = this.#deps;
    const before = node.files.get(service) ?? '';
    const outcome = { service, leftover: node.leftover };
    if (before === to && node.running.get(service) === to) return { ...outcome, files: [], units: [] };
    try {
      await this.#set(service, to, signal);
      const problem = await verify(service, signal);
      if (problem === undefined) return { ...outcome, files: [fileOf(service)], units: [`${service}.service`] };
      await this.#set(service, before, new AbortController().signal);
      return `${service}: ${problem}; undone`;
    } catch (error) {
      if (!signal.aborted) throw error;
      await this.#set(service, before, new AbortController().signal);
      return `${service}: it was ended; undone`;
    }
  }

  async #set(service: string, base: string, signal: AbortSignal): Promise<void> {
    const { node, step } = this.#deps;
    await step(`write ${service} ${base}`, signal);
    node.files.set(service, base);
    node.written.set(service, base);
    await step(`stop ${service}`, signal);
    node.running.set(service, undefined);
    node.restarts += 1;
    await step(`start ${service}`, signal);
    node.running.set(service, node.isBroken.has(service) ? undefined : base);
  }

  #isDrift(service: string, to: string): boolean {
    const { files, written } = this.#deps.node;
    return written.get(service) === to && files.get(service) !== to;
  }
}

const fileOf = (service: string): string => `/etc/${service}/${service}.conf`;
