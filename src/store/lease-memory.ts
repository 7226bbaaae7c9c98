/**
 * What an agent remembers of a lease so that its next process can go on with it: a restart within the TTL hands
 * nothing over. Only one process may use a memory at a time. The file belongs on a file system that a reboot empties
 * (`/run`): after a reboot nothing that the lease protected is as it was.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface RememberedLease {
  readonly leaseId: string;
  /** Epoch of the key that was held under the lease, as a decimal string; undefined while none was. */
  readonly epoch: string | undefined;
}

/** Losing what is in here costs a hand-over, never safety. */
export interface LeaseMemory {
  /** @returns undefined if there is nothing, or nothing that can be read. */
  load(): Promise<RememberedLease | undefined>;
  save(lease: RememberedLease): Promise<void>;
  clear(): Promise<void>;
}

/** A memory in one file, replaced as a whole. */
export function fileLeaseMemory(path: string): LeaseMemory {
  return {
    load: async () => {
      const text = await readFile(path, 'utf8').catch(() => undefined);
      return text === undefined ? undefined : parsed(text);
    },
    save: async ({ leaseId, epoch }) => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(`${path}.new`, JSON.stringify({ leaseId, epoch }), { mode: 0o600 });
      await rename(`${path}.new`, path);
    },
    clear: () => rm(path, { force: true }),
  };
}

function parsed(text: string): RememberedLease | undefined {
  try {
    const found = JSON.parse(text) as { readonly leaseId?: unknown; readonly epoch?: unknown } | null;
    if (typeof found?.leaseId !== 'string' || !/^\d+$/.test(found.leaseId)) return undefined;
    const hasEpoch = typeof found.epoch === 'string' && /^\d+$/.test(found.epoch);
    return { leaseId: found.leaseId, epoch: hasEpoch ? String(found.epoch) : undefined };
  } catch {
    // A torn or foreign file is no memory; the lease in it ends by itself.
    return undefined;
  }
}
