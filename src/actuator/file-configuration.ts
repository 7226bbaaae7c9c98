/**
 * Points this node's services at a Keystone by their configuration files (the port is configuration.ts). First all of it
 * is judged, and refused as a whole if the grants do not name something that it needs; then service after service is
 * changed. A file that somebody overwrote since is put right once for each content: a tool that writes the same again is
 * reported, not fought. One call at a time.
 */
import { join } from 'node:path';
import { parseKeystoneBase } from '../core/configuration/keystone-url.ts';
import type { WantedKeystone } from '../core/configuration/option-judgement.ts';
import type { Grants } from '../core/grants.ts';
import { type RunCommand, runCommand } from './command.ts';
import type {
  ConfigurationActuator,
  ConfigurationOutcome,
  ConfigurationPlan,
  ServiceOutcome,
  VerifyService,
  WantedConfiguration,
} from './configuration.ts';
import { type ChangeDeps, changeService } from './configuration-change.ts';
import { kollaObstacles } from './configuration-obstacles.ts';
import { ConfigurationRecord } from './configuration-record.ts';
import { type ContainerCommands, DOCKER, NodeUnits } from './configuration-units.ts';
import { missingGrants, type PlannedService, planServices } from './configuration-work.ts';

export interface FileConfigurationOptions {
  /** Holds a directory for each policy; made if it is not there, for root only. */
  readonly stateDirectory: string;
  readonly grants: Grants;
  /** How Kolla's containers are restarted and looked at. Default: docker. */
  readonly containers?: ContainerCommands;
  /** Absolute path. Default `/usr/bin/systemctl`. */
  readonly systemctl?: string;
  readonly run?: RunCommand;
  /** Where the node's file system begins. Default: where everybody's does. */
  readonly root?: string;
}

type Refused = Extract<ConfigurationOutcome, { ok: false }>;

type Prepared =
  | { readonly ok: true; readonly record: ConfigurationRecord; readonly services: readonly PlannedService[] }
  | Refused;

export class FileConfiguration implements ConfigurationActuator {
  readonly #options: FileConfigurationOptions;
  readonly #units: NodeUnits;
  readonly #root: string;

  /** Does no I/O. */
  constructor(options: FileConfigurationOptions) {
    const { run = runCommand, systemctl = '/usr/bin/systemctl', containers = DOCKER, root = '' } = options;
    this.#options = options;
    this.#units = new NodeUnits({ run, grants: options.grants, systemctl, containers, root });
    this.#root = root;
  }

  async apply(wanted: WantedConfiguration, verify: VerifyService, signal: AbortSignal): Promise<ConfigurationOutcome> {
    try {
      const prepared = await this.#prepare(wanted, signal);
      if (!prepared.ok) return prepared;
      const { record, services } = prepared;
      const refused = this.#refusal(services, wanted);
      if (refused !== undefined) return refused;
      const deps: ChangeDeps = { grants: this.#options.grants, record, units: this.#units, verify };
      return await applyAll(wanted, services, deps, signal);
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error));
    }
  }

  async look(wanted: WantedConfiguration, signal: AbortSignal): Promise<ConfigurationPlan> {
    const prepared = await this.#prepare(wanted, signal);
    if (!prepared.ok) return { services: [], notGranted: [], obstacles: [prepared.detail] };
    const { services } = prepared;
    const own = wanted.layout === 'kolla' ? await kollaObstacles(this.#root) : [];
    return {
      services: services.map(({ service, files, change, stubborn }) => ({
        service,
        files: files.map(({ path, changes, notUnderstood, leftover }) => ({
          path,
          changes,
          notUnderstood,
          leftover,
          isDrift: [...change.drift, ...stubborn].includes(path),
        })),
        units: change.units.map(({ unit }) => unit),
      })),
      notGranted: missingGrants(services, this.#options.grants, this.#units, wanted.layout),
      obstacles: [...own, ...services.flatMap(({ obstacles }) => obstacles)],
    };
  }

  /** Why nothing is done at all: what the work needs is not granted, or would have no effect. */
  #refusal(services: readonly PlannedService[], { layout }: WantedConfiguration): Refused | undefined {
    const missing = missingGrants(services, this.#options.grants, this.#units, layout);
    if (missing.length > 0)
      return { ok: false, refusal: 'NotGranted', detail: `add to the grants of this node: ${missing.join('; ')}` };
    const obstacles = services.filter(({ change }) => change.files.length > 0).flatMap((each) => each.obstacles);
    return obstacles.length > 0 ? unmet(obstacles.join('; ')) : undefined;
  }

  async #prepare(wanted: WantedConfiguration, signal: AbortSignal): Promise<Prepared> {
    const keystone = keystonesOf(wanted);
    if (keystone === undefined)
      return unmet(
        `not all of these are base URLs like http://192.0.2.10:5000: ${[wanted.to, ...wanted.from].join(', ')}`,
      );
    const loaded = await ConfigurationRecord.load(join(this.#options.stateDirectory, encodeURIComponent(wanted.name)));
    if (!loaded.ok) return failed(loaded.detail);
    const { record } = loaded;
    const names = [...new Set([...wanted.services, ...record.halfDoneServices])];
    const search = { layout: wanted.layout, wanted: keystone, root: this.#root };
    const planned = await planServices(names, search, this.#units, record, signal);
    return planned.ok ? { ok: true, record, services: planned.services } : { ...planned, refusal: 'PreconditionUnmet' };
  }
}

async function applyAll(
  wanted: WantedConfiguration,
  services: readonly PlannedService[],
  deps: ChangeDeps,
  signal: AbortSignal,
): Promise<ConfigurationOutcome> {
  const outcomes: ServiceOutcome[] = [];
  for (const { service, change } of services) {
    const { leftover } = change;
    if (change.files.length === 0 && deps.record.halfDone(service) === undefined) {
      outcomes.push({ service, files: [], units: [], leftover });
      continue;
    }
    if (signal.aborted) return failed(`${service}: interrupted; the next call goes on`);
    const done = await changeService(change, deps, signal);
    if (!done.ok) return failed(done.detail);
    outcomes.push(done.outcome);
  }
  await noteWhatIsRight(wanted.to, services, deps.record);
  const stubborn = services.flatMap((each) => each.stubborn);
  if (stubborn.length > 0)
    return unmet(
      `${stubborn.join(', ')}: somebody overwrites it with the same content again, which was put right once; name ${wanted.to} in the tool that writes it`,
    );
  return summary(
    wanted,
    outcomes,
    services.flatMap(({ change }) => change.drift),
  );
}

function summary(
  wanted: WantedConfiguration,
  outcomes: readonly ServiceOutcome[],
  drift: readonly string[],
): ConfigurationOutcome {
  const changed = outcomes.filter(({ files, units }) => files.length > 0 || units.length > 0);
  const detail =
    changed.length === 0
      ? `${outcomes.map(({ service }) => service).join(', ') || 'no service of this node'}: as wanted`
      : `${changed.map(({ service }) => service).join(', ')}: uses ${wanted.to}`;
  return { ok: true, changed: changed.length > 0, detail, services: outcomes, drift };
}

/** Of the files that regent has written before: those that are right as they are, and those that are gone. */
async function noteWhatIsRight(to: string, services: readonly PlannedService[], record: ConfigurationRecord) {
  const files = new Map(services.flatMap((service) => service.files).map((file) => [file.path, file]));
  for (const path of record.writtenPaths) {
    const file = files.get(path);
    if (file?.before !== undefined && file.after === undefined && file.notUnderstood === undefined)
      await record.note(path, to, file.before.text);
  }
}

function keystonesOf({ from, to }: WantedConfiguration): WantedKeystone | undefined {
  const [wanted, ...declared] = [to, ...from].map(parseKeystoneBase);
  const known = declared.filter((each) => each !== undefined);
  return wanted === undefined || known.length < declared.length ? undefined : { from: known, to: wanted };
}

function unmet(detail: string): Refused {
  return { ok: false, refusal: 'PreconditionUnmet', detail };
}

function failed(detail: string): Refused {
  return { ok: false, refusal: 'Failed', detail };
}
