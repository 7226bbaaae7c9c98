/**
 * Carries out the single steps of a rebuild on this node. Each may be repeated; none decides what comes next.
 */
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ServerRefused } from '../../actuator/database-server.ts';
import type { RebuildOrder } from '../../core/database/rebuild-order.ts';
import type { DiskLook, RebuildJournal } from '../../core/database/rebuild-steps.ts';
import type { GtidPosition } from '../../core/database/state.ts';
import type { DatabaseMember } from '../../core/policy.ts';

/** The three directories; see the adapter for what each call promises. */
export interface RebuildDisk {
  /** Where old data lies that was moved aside. */
  readonly aside: string;
  look(id: string): Promise<DiskLook>;
  free(): Promise<number>;
  makeIncoming(): Promise<string>;
  mark(id: string, state: 'received' | 'prepared'): Promise<void>;
  discardIncoming(): Promise<void>;
  swap(): Promise<void>;
  swapBack(): Promise<void>;
  adopt(): Promise<void>;
  discardOld(): Promise<void>;
  readonly incoming: string;
}

/** The node's programs and server. */
export interface RebuildTools {
  unpack(input: Readable, directory: string, signal: AbortSignal): Promise<void>;
  prepare(directory: string, signal: AbortSignal): Promise<GtidPosition>;
  setPosition(copied: GtidPosition, signal: AbortSignal): Promise<GtidPosition>;
  invocation(signal?: AbortSignal): Promise<string | undefined>;
  start(role: 'former', signal?: AbortSignal): Promise<void>;
  stop(signal?: AbortSignal): Promise<void>;
}

export interface BackupRequest {
  readonly database: string;
  /** Node that is rebuilt. */
  readonly node: string;
  readonly id: string;
}

/** A stream of another member's data. `BackupClient` is the one over HTTPS; tests have one in memory. */
export interface BackupStream {
  /** @returns the size of the source's data in bytes */
  size(source: DatabaseMember, request: BackupRequest, signal: AbortSignal): Promise<number>;
  /** The stream fails if the source did not finish it. */
  open(source: DatabaseMember, request: BackupRequest, signal: AbortSignal): Promise<Readable>;
}

export interface RebuildWorkDeps {
  readonly node: string;
  readonly database: string;
  readonly disk: RebuildDisk;
  readonly tools: RebuildTools;
  readonly backups: BackupStream;
  /** Returns when nobody else's start of the server is on its way. */
  readonly startsIdle: () => Promise<void>;
}

/** Beside the data itself: redo log, temporary files, and what is written until it has caught up. */
const SPACE_FACTOR = 1.1;
const SPACE_EXTRA_BYTES = 128 * 1024 * 1024;

export class RebuildWork {
  readonly #deps: RebuildWorkDeps;

  constructor(deps: RebuildWorkDeps) {
    this.#deps = deps;
  }

  /** @returns the size of the source's data. @throws ServerRefused (`NoSpace`, `NotGranted`, …) if it would not work */
  async check(order: RebuildOrder, source: DatabaseMember, signal: AbortSignal): Promise<number> {
    const { disk, backups } = this.#deps;
    const free = await disk.free();
    const size = await backups.size(source, this.#request(order.id), signal);
    const needed = Math.ceil(size * SPACE_FACTOR) + SPACE_EXTRA_BYTES;
    if (free < needed)
      throw new ServerRefused(
        `${needed} bytes are needed beside the data directory (the old data stays until the new one replicates), ${free} are free; make room, or discard what ${disk.aside} holds`,
        { code: 'NoSpace' },
      );
    return size;
  }

  async receive(
    journal: RebuildJournal,
    source: DatabaseMember,
    onBytes: (bytes: number) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { disk, tools, backups } = this.#deps;
    const directory = await disk.makeIncoming();
    const body = await backups.open(source, this.#request(journal.id), signal);
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        onBytes(chunk.length);
        done(null, chunk);
      },
    });
    const flowed = pipeline(body, counted, { signal });
    flowed.catch(() => {}); // The unpacking fails with it, and says so.
    await tools.unpack(counted, directory, signal);
    await flowed;
    await disk.mark(journal.id, 'received');
  }

  async prepare(id: string, signal: AbortSignal): Promise<GtidPosition> {
    const { disk, tools } = this.#deps;
    const position = await tools.prepare(disk.incoming, signal);
    await disk.mark(id, 'prepared');
    return position;
  }

  async stop(signal: AbortSignal): Promise<void> {
    await this.#deps.startsIdle();
    await this.#deps.tools.stop(signal);
  }

  /** @param how `swap` to the copy, `swapBack` to the old data */
  async exchange(how: 'swap' | 'swapBack', signal: AbortSignal): Promise<void> {
    const { tools, disk, startsIdle } = this.#deps;
    await startsIdle();
    if ((await tools.invocation(signal)) !== undefined)
      throw new ServerRefused('the server runs; its data is not exchanged under it', { code: 'ServerRuns' });
    await disk[how]();
  }

  #request(id: string): BackupRequest {
    const { database, node } = this.#deps;
    return { database, node, id };
  }
}
