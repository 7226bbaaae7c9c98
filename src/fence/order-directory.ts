/**
 * The files between the agent and the fence, from the fence's side: it reads orders and never changes one, because the
 * agent may be writing the next; it writes what it did. All of it is in memory (tmpfs).
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ArmedFile, FenceReport } from '../core/dead-mans-switch.ts';

const SUFFIX = '.json';

export interface Orders {
  /** @returns every order that stands, also those that cannot be read */
  read(): readonly ArmedFile[];
  report(report: FenceReport): void;
  /** Tells of changes as far as the kernel does; whoever relies on them looks by itself as well. */
  onChange(listener: () => void): void;
}

export class OrderDirectory implements Orders {
  readonly #armed: string;
  readonly #closed: string;

  /** @param directory e.g. `/run/regent/fence`; made if it is not there */
  constructor(directory: string) {
    this.#armed = join(directory, 'armed');
    this.#closed = join(directory, 'closed');
    for (const each of [this.#armed, this.#closed]) mkdirSync(each, { recursive: true, mode: 0o700 });
  }

  read(): readonly ArmedFile[] {
    return readdirSync(this.#armed)
      .filter((name) => name.endsWith(SUFFIX))
      .flatMap((name) => this.#readOne(name));
  }

  report(report: FenceReport): void {
    const path = join(this.#closed, `${report.database}${SUFFIX}`);
    writeFileSync(`${path}.new`, JSON.stringify(report), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  onChange(listener: () => void): void {
    watch(this.#armed, { persistent: false }, (_, name) => {
      // The agent writes beside the order and renames: the first half says nothing.
      if (name === null || name.endsWith(SUFFIX)) listener();
    }).on('error', () => {
      // Without the kernel's word the fence still looks once a second.
    });
  }

  #readOne(name: string): readonly ArmedFile[] {
    const database = name.slice(0, -SUFFIX.length);
    try {
      return [{ database, text: readFileSync(join(this.#armed, name), 'utf8') }];
    } catch (error) {
      // Taken back between the listing and the reading.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      return [{ database, text: undefined }];
    }
  }
}
