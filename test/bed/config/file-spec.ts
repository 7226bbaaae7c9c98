/**
 * A file of a host, as a value: renderers return them, the host builder writes them. Nothing is written here.
 */

export interface FileSpec {
  /** Absolute path inside the host. */
  readonly path: string;
  readonly content: string;
  /** Permission bits; default 0o644. */
  readonly mode?: number;
  /** Account and group of the image that own it; default root. */
  readonly owner?: string;
}

/** What a host gets from one concern: files, and the units that start at boot. */
export interface HostPart {
  readonly files: readonly FileSpec[];
  readonly units: readonly string[];
}

/** A part that adds nothing, for hosts that do not take part in a concern. */
export const NOTHING: HostPart = { files: [], units: [] };
