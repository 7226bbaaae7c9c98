/**
 * The real world of the configuration's contract: files in a directory of their own that stands for the node's root. Only
 * systemctl is played, because no test may restart a unit of the machine.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CommandResult, RunCommand } from '../../src/actuator/command.ts';
import { FileConfiguration } from '../../src/actuator/file-configuration.ts';
import { grantsOf, noGrants } from '../../src/core/grants.ts';
import { type ConfigurationWorld, type NodeFile, original, UNIT_OF } from './configuration-world.ts';

const PATHS: Readonly<Record<NodeFile, string>> = {
  'glance-api.conf': '/etc/glance/glance-api.conf',
  'placement.conf': '/etc/placement/placement.conf',
};

/** systemctl with some units that run; a unit that was broken is `failed` until its next restart. */
export class PlayedSystemctl {
  readonly #running: ReadonlySet<string>;
  readonly #broken = new Set<string>();
  readonly #failed = new Set<string>();
  #restarted: string[] = [];

  constructor(running: readonly string[]) {
    this.#running = new Set(running);
  }

  readonly run: RunCommand = async ([, verb = '', ...args]) => {
    if (verb === 'show')
      return result(
        args
          .filter((arg) => !arg.startsWith('-'))
          .map((unit) => this.#show(unit))
          .join('\n'),
      );
    const unit = args[0] ?? '';
    this.#restarted.push(verb === 'restart' ? unit : `${unit} (${verb})`);
    const isBroken = this.#broken.delete(unit);
    if (isBroken) this.#failed.add(unit);
    else this.#failed.delete(unit);
    return isBroken ? { ...result(''), ok: false, code: 1, stderr: 'Job failed.' } : result('');
  };

  breakOnce(unit: string): void {
    this.#broken.add(unit);
  }

  restarted(): readonly string[] {
    const restarted = this.#restarted;
    this.#restarted = [];
    return restarted;
  }

  #show(unit: string): string {
    const state = this.#failed.has(unit) ? 'failed' : this.#running.has(unit) ? 'active' : 'inactive';
    return `Id=${unit}\nActiveState=${state}\n`;
  }
}

export class FileConfigurationWorld implements ConfigurationWorld {
  readonly #root: string;
  readonly #systemctl = new PlayedSystemctl(Object.values(UNIT_OF));

  private constructor(root: string) {
    this.#root = root;
  }

  static async start(): Promise<FileConfigurationWorld> {
    const world = new FileConfigurationWorld(await mkdtemp(join(tmpdir(), 'regent-configuration-')));
    for (const file of ['glance-api.conf', 'placement.conf'] as const) await world.write(file, original(file));
    return world;
  }

  actuator(granted?: 'nothing'): FileConfiguration {
    const grants = grantsOf({
      files: Object.values(PATHS).map((path) => join(this.#root, path)),
      units: Object.values(UNIT_OF),
      addresses: [],
      haproxy: null,
    });
    return new FileConfiguration({
      stateDirectory: join(this.#root, 'var/lib/regent/configuration'),
      grants: granted === 'nothing' ? noGrants : grants,
      run: this.#systemctl.run,
      root: this.#root,
    });
  }

  read(file: NodeFile): Promise<string> {
    return readFile(join(this.#root, PATHS[file]), 'utf8');
  }

  async write(file: NodeFile, text: string): Promise<void> {
    const path = join(this.#root, PATHS[file]);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }

  restarted(): readonly string[] {
    return this.#systemctl.restarted();
  }

  breakOnce(unit: string): void {
    this.#systemctl.breakOnce(unit);
  }

  stop(): Promise<void> {
    return rm(this.#root, { recursive: true });
  }
}

function result(stdout: string): CommandResult {
  return { ok: true, code: 0, stdout, stderr: '', timedOut: false };
}
