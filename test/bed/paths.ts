/**
 * Where the bed keeps things on the machine that carries it, and how its kernel objects are called. Everything the bed
 * makes can be found again by these names alone: tearing down relies on it. Nothing else of the machine is touched.
 */

/** Cached layers (image, seed data): survive `down`, removed by `purge`. */
export const CACHE_DIRECTORY = '/var/cache/regent';

/** Everything that belongs to a running bed: removed by `down`. */
export const WORK_DIRECTORY = '/var/lib/regent-bed';

/** Held while a process builds, uses or removes the bed. */
export const BED_LOCK = '/run/lock/regent-bed.lock';

/** Held while a process builds a cached layer. */
export const CACHE_LOCK = '/run/lock/regent-cache.lock';

/** Prefix of the bed's network namespaces and of its machines' names. */
export const PREFIX = 'regentbed-';

/** The namespace that holds bridges, routing and the cuts. */
export const FABRIC_NAMESPACE = `${PREFIX}fabric`;

/** The name of the network namespace of a host or client. */
export function networkNamespace(endpoint: string): string {
  return `${PREFIX}${endpoint}`;
}

/** The path by which other programs enter that namespace. */
export function networkNamespacePath(namespace: string): string {
  return `/run/netns/${namespace}`;
}

/** The directory of one host: overlay, volumes, console, process numbers. */
export function hostDirectory(host: string): string {
  return `${WORK_DIRECTORY}/hosts/${host}`;
}

/** The root of a host's file system, as the machine sees it. */
export function hostRoot(host: string): string {
  return `${hostDirectory(host)}/root`;
}
