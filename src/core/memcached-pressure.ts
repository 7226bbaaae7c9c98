/**
 * Whether a memcached throws away what its readers come back for. Services keep the tokens that they have validated there;
 * one that is too small sends each of their requests to Keystone again, which is slow every day and too much on the day on
 * which a region is cut off. Counters are compared between two looks; their absolute values say nothing about today.
 */

/** What memcached has counted since it was started. */
export interface CacheCounters {
  readonly hits: number;
  readonly misses: number;
  /** Keys whose life was to be prolonged and that were gone. */
  readonly touchMisses: number;
  readonly evictions: number;
  readonly maxBytes: number;
}

/** Fewer reads between two looks say nothing. */
const READS_MIN = 100;
/** A cache that loses nothing also misses what it was never given. */
const MISSED_SHARE = 0.5;
const BYTES_PER_MB = 1_048_576;

/** @returns a diagnosis with its remedy; undefined if there is none, or memcached was restarted in between */
export function thrashing(before: CacheCounters, after: CacheCounters, forMs: number): string | undefined {
  const hits = after.hits - before.hits;
  const misses = after.misses - before.misses;
  const evictions = after.evictions - before.evictions;
  const touchMisses = after.touchMisses - before.touchMisses;
  const reads = hits + misses;
  const isRestarted = Math.min(hits, misses, evictions, touchMisses) < 0;
  if (isRestarted || evictions === 0 || reads < READS_MIN || misses < MISSED_SHARE * reads) return undefined;
  const share = Math.round((100 * misses) / reads);
  const seconds = Math.round(forMs / 1000);
  return (
    `MemcachedThrashing: in ${seconds} s it threw ${evictions} items away and missed ${share} % of ${reads} reads and ` +
    `${touchMisses} touches: tokens are validated at Keystone again and again; give it more than its ` +
    `${Math.round(after.maxBytes / BYTES_PER_MB)} MB (-m in /etc/memcached.conf)`
  );
}
