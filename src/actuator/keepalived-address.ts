/**
 * Drives keepalived on one node: a configuration fragment and a track file per virtual IP. keepalived alone keeps and
 * moves the address (I4); regent tells it who may own it, and vetoes this node through the track file, without a
 * reload. A fragment is written only when it changes, checked by keepalived itself before it replaces the old one, and a
 * reload that a crash prevented is made up for by the next call (I10). An address that another file serves is refused.
 */
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Grants } from '../core/grants.ts';
import type { AddressActuator, Outcome, WantedAddress } from './actuator.ts';
import { readIfPresent, removeGranted, type WantedFile, writeGranted } from './atomic-file.ts';
import { type RunCommand, runCommand } from './command.ts';
import { conflictingClaim, type KeepalivedFile, readClaims } from './keepalived-claims.ts';
import { FRAGMENT_MARK, renderFragment } from './keepalived-fragment.ts';

export interface KeepalivedAddressOptions {
  /** Included by keepalived's main file as `<directory>/*.conf`; regent writes `<name>.conf` there. */
  readonly directory: string;
  /** Holds one track file per virtual IP. Must outlive the agent: when it goes, its vetoes go. */
  readonly trackDirectory: string;
  readonly grants: Grants;
  /** Default `/etc/keepalived/keepalived.conf`: read for addresses that are served there. */
  readonly mainFile?: string;
  /** Default `keepalived.service`. */
  readonly unit?: string;
  /** File name of a virtual IP's fragment. Default `<name>.conf`. */
  readonly fragmentName?: (name: string) => string;
  /** Argument vector that reloads keepalived. Default `/usr/bin/systemctl reload <unit>`. */
  readonly reload?: readonly string[];
  /** Argument vector that checks a file, which is appended. Default `/usr/sbin/keepalived --log-console --config-test -f`. */
  readonly check?: readonly string[];
  readonly run?: RunCommand;
}

const CHECK = ['/usr/sbin/keepalived', '--log-console', '--config-test', '-f'] as const;

interface Place {
  readonly fragment: string;
  readonly track: string;
  /** Stands while a written fragment has not been loaded. */
  readonly pending: string;
  readonly candidate: string;
  readonly before: string;
}

export class KeepalivedAddress implements AddressActuator {
  readonly #options: KeepalivedAddressOptions;
  readonly #unit: string;
  readonly #run: RunCommand;

  constructor(options: KeepalivedAddressOptions) {
    this.#options = options;
    this.#unit = options.unit ?? 'keepalived.service';
    this.#run = options.run ?? runCommand;
  }

  async apply(wanted: WantedAddress, signal?: AbortSignal): Promise<Outcome> {
    const { grants } = this.#options;
    if (!grants.mayServe(wanted.address)) return notGranted(wanted.address);
    if (!grants.mayDrive(this.#unit)) return notGranted(this.#unit);
    const place = this.#placeOf(wanted.name);
    const rendered = renderFragment(wanted, place.track);
    if (!rendered.ok) return failed(rendered.detail);
    try {
      const conflict = conflictingClaim(readClaims(await this.#otherFiles(place.fragment)), wanted);
      if (conflict !== undefined) {
        const detail = `${conflict.file} already serves it (instance ${conflict.instance}); remove it there, or name the policy after that file`;
        return { ok: false, refusal: 'PreconditionUnmet', detail };
      }
      return await this.#write(place, rendered.text, wanted.unfit, signal);
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error));
    }
  }

  async #write(place: Place, text: string, unfit: boolean, signal: AbortSignal | undefined): Promise<Outcome> {
    if (!this.#options.grants.mayWrite(place.track)) return notGranted(place.track);
    const isNewDirectory = await this.#makeTrackDirectory();
    const track = await this.#put({ path: place.track, content: unfit ? '1\n' : '0\n', mode: 0o644 });
    if (!track.ok) return track;
    const isSame = (await readIfPresent(place.fragment)) === text;
    const isPending = (await readIfPresent(place.pending)) !== undefined;
    if (isSame && !isPending && !isNewDirectory) return track;
    const steps = [
      () => (isSame ? done('checked before') : this.#check(place, text, signal)),
      () => this.#put({ path: place.pending, content: '', mode: 0o644 }),
      () => (isSame ? done('written before') : this.#keepOriginal(place)),
      () => this.#put({ path: place.fragment, content: text, mode: 0o644 }),
      () => this.#reload(signal),
      () => removeGranted(this.#options.grants, place.pending),
    ];
    for (const step of steps) {
      const outcome = await step();
      if (!outcome.ok) return outcome;
    }
    return { ok: true, changed: true, detail: `${place.fragment} is loaded; this node is ${unfit ? 'vetoed' : 'fit'}` };
  }

  /** keepalived watches the directory it found: one that is made later is seen only after a reload. */
  async #makeTrackDirectory(): Promise<boolean> {
    const { trackDirectory } = this.#options;
    const isThere = await stat(trackDirectory).then(
      () => true,
      () => false,
    );
    if (!isThere) await mkdir(trackDirectory, { mode: 0o755 });
    return !isThere;
  }

  async #check(place: Place, text: string, signal: AbortSignal | undefined): Promise<Outcome> {
    const candidate = await this.#put({ path: place.candidate, content: text, mode: 0o644 });
    if (!candidate.ok) return candidate;
    const argv = [...(this.#options.check ?? CHECK), place.candidate];
    const result = await this.#run(argv, signal === undefined ? {} : { signal });
    await removeGranted(this.#options.grants, place.candidate);
    if (result.ok) return done('keepalived accepts it');
    return failed(`keepalived refuses the fragment: ${(result.stderr || result.stdout).trim().slice(-500)}`);
  }

  /** What an operator had under this name is kept beside it, once, for whoever takes regent away again. */
  async #keepOriginal(place: Place): Promise<Outcome> {
    const original = await readIfPresent(place.fragment);
    if (original === undefined || original.startsWith(FRAGMENT_MARK)) return done('no original');
    return this.#put({ path: place.before, content: original, mode: 0o644 });
  }

  async #reload(signal: AbortSignal | undefined): Promise<Outcome> {
    const argv = this.#options.reload ?? ['/usr/bin/systemctl', 'reload', this.#unit];
    const result = await this.#run(argv, signal === undefined ? {} : { signal });
    return result.ok ? done('reloaded') : failed(`keepalived was not reloaded: ${result.stderr.trim()}`);
  }

  async #otherFiles(own: string): Promise<readonly KeepalivedFile[]> {
    const { directory, mainFile = '/etc/keepalived/keepalived.conf' } = this.#options;
    const names = (await readdir(directory)).filter((name) => name.endsWith('.conf') && !name.startsWith('.'));
    const paths = names.map((name) => join(directory, name)).filter((path) => path !== own);
    const files = await Promise.all(paths.map(async (path) => ({ path, text: await readFile(path, 'utf8') })));
    const main = await readIfPresent(mainFile);
    return main === undefined ? files : [...files, { path: mainFile, text: main }];
  }

  #put(wanted: WantedFile): Promise<Outcome> {
    return writeGranted(this.#options.grants, wanted);
  }

  #placeOf(name: string): Place {
    const { directory, trackDirectory, fragmentName = (each) => `${each}.conf` } = this.#options;
    const file = fragmentName(name);
    return {
      fragment: join(directory, file),
      track: join(trackDirectory, name),
      pending: join(trackDirectory, `.${name}.reload-pending`),
      candidate: join(directory, `.${file}.check`),
      before: join(directory, `${file}.before-regent`),
    };
  }
}

async function done(detail: string): Promise<Outcome> {
  return { ok: true, changed: false, detail };
}

function failed(detail: string): Outcome {
  return { ok: false, refusal: 'Failed', detail };
}

function notGranted(what: string): Outcome {
  return { ok: false, refusal: 'NotGranted', detail: `the grants of this node do not name ${what}` };
}
