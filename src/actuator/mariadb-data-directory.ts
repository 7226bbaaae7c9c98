/**
 * Exchanges the data directory of a stopped MariaDB server for a copy that was made beside it. Three directories: the
 * server's own, `<path>.regent-new` for the copy, `<path>.regent-old` for what was there before. They are exchanged by
 * renaming, so the server's path holds complete data or nothing; a mark inside a copy says whose it is and how far it
 * is, and travels with it. It must not decide anything.
 */
import { constants } from 'node:fs';
import {
  lchown,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DiskLook } from '../core/database/rebuild-steps.ts';
import type { Grants } from '../core/grants.ts';
import { ServerRefused } from './database-server.ts';

export interface DataDirectoryOptions {
  /** The server's data directory, e.g. `/var/lib/mysql`; must be granted as a file of this path. */
  readonly path: string;
  readonly grants: Grants;
}

/** MariaDB ignores plain files that it does not know at the top of its data. */
const MARK = '.regent-rebuild';

export type CopyState = 'received' | 'prepared';

export class MariadbDataDirectory {
  readonly path: string;
  readonly incoming: string;
  readonly aside: string;
  readonly #grants: Grants;

  constructor({ path, grants }: DataDirectoryOptions) {
    this.path = path;
    this.incoming = `${path}.regent-new`;
    this.aside = `${path}.regent-old`;
    this.#grants = grants;
  }

  /** @param id the order whose copy counts as `new` at the server's path */
  async look(id: string): Promise<DiskLook> {
    const [data, copy, aside] = await Promise.all([
      isDirectory(this.path),
      isDirectory(this.incoming),
      isDirectory(this.aside),
    ]);
    const mark = copy ? await markOf(this.incoming) : undefined;
    const isNew = data && (await markOf(this.path))?.id === id;
    return {
      data: data ? (isNew ? 'new' : 'own') : 'none',
      incoming: copy ? (mark?.id === id ? mark.state : 'partial') : 'none',
      aside,
    };
  }

  /**
   * @returns free bytes where the copy goes
   * @throws ServerRefused (`NotGranted`, `NotExchangeable`) if the directory may not or cannot be renamed
   */
  async free(): Promise<number> {
    await this.#assertExchangeable();
    const { bavail, bsize } = await statfs(dirname(this.path));
    return bavail * bsize;
  }

  /** Bytes of all files of the server's data. */
  async used(): Promise<number> {
    let sum = 0;
    for await (const { path, isDirectory: isFolder } of below(this.path)) {
      if (!isFolder) sum += (await lstat(path).catch(() => undefined))?.size ?? 0;
    }
    return sum;
  }

  /** An empty directory for a copy, whatever was there before. */
  async makeIncoming(): Promise<string> {
    await this.#assertExchangeable();
    await rm(this.incoming, { recursive: true, force: true });
    await mkdir(this.incoming, { mode: 0o700 });
    return this.incoming;
  }

  /** Says how far the copy is; a prepared one gets the owner and mode of the data that it replaces first. */
  async mark(id: string, state: CopyState): Promise<void> {
    if (state === 'prepared') await this.#own();
    const path = join(this.incoming, MARK);
    await writeFile(`${path}.tmp`, JSON.stringify({ id, state }), { mode: 0o600, flush: true });
    await rename(`${path}.tmp`, path);
    await synced(this.incoming);
  }

  async discardIncoming(): Promise<void> {
    await this.#assertExchangeable();
    await rm(this.incoming, { recursive: true, force: true });
  }

  /** Old data aside, the copy to its place. The server must be down. Goes on from half-way. */
  async swap(): Promise<void> {
    await this.#assertExchangeable();
    if (await isDirectory(this.path)) {
      if (await isDirectory(this.aside))
        throw new ServerRefused(`${this.aside} is there already; it is not overwritten`, { code: 'NotExchangeable' });
      await rename(this.path, this.aside);
    }
    await rename(this.incoming, this.path);
    await synced(dirname(this.path));
  }

  /** The copy away, old data back to its place, if there is any. The server must be down. Goes on from half-way. */
  async swapBack(): Promise<void> {
    await this.#assertExchangeable();
    if (await isDirectory(this.path)) {
      await rm(this.incoming, { recursive: true, force: true });
      await rename(this.path, this.incoming);
    }
    if (await isDirectory(this.aside)) await rename(this.aside, this.path);
    await synced(dirname(this.path));
  }

  /** The copy is the server's own data from now on. */
  async adopt(): Promise<void> {
    await rm(join(this.path, MARK), { force: true });
  }

  /** Removes for good what was moved aside. */
  async discardOld(): Promise<void> {
    await this.#assertExchangeable();
    await rm(this.aside, { recursive: true, force: true });
  }

  async #assertExchangeable(): Promise<void> {
    const { path } = this;
    const refuse = (code: string, why: string): never => {
      throw new ServerRefused(why, { code });
    };
    if (!this.#grants.mayWrite(path))
      refuse('NotGranted', `the grants of this node do not name ${path}; add it to files`);
    const parent = dirname(path);
    if ((await realpath(parent)) !== parent)
      refuse('NotExchangeable', `${parent} leads through a link; name the real path`);
    const own = await lstat(path).catch(() => undefined);
    if (own === undefined) return;
    if (!own.isDirectory()) refuse('NotExchangeable', `${path} is not a directory; name the real path`);
    if (own.dev !== (await lstat(parent)).dev)
      refuse(
        'NotExchangeable',
        `${path} is a mount point and cannot be renamed; put the data into a directory below it`,
      );
  }

  async #own(): Promise<void> {
    const like = (await lstat(this.path).catch(() => undefined)) ?? (await lstat(this.aside).catch(() => undefined));
    if (like === undefined)
      throw new ServerRefused(`nobody says who owns the data; make ${this.path} with the server's user`, {
        code: 'NotExchangeable',
      });
    for await (const { path } of below(this.incoming)) await lchown(path, like.uid, like.gid);
    await lchown(this.incoming, like.uid, like.gid);
    const directory = await open(this.incoming, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await directory.chmod(like.mode & 0o7777);
    } finally {
      await directory.close();
    }
  }
}

async function* below(directory: string): AsyncGenerator<{ readonly path: string; readonly isDirectory: boolean }> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    yield { path, isDirectory: entry.isDirectory() };
    if (entry.isDirectory()) yield* below(path);
  }
}

async function markOf(directory: string): Promise<{ readonly id: string; readonly state: CopyState } | undefined> {
  const text = await readFile(join(directory, MARK), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : JSON.parse(text);
}

async function isDirectory(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() === true;
}

async function synced(directory: string): Promise<void> {
  const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
