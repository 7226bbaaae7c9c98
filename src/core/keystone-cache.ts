/**
 * When a region's Keystones must forget what they remember. Keystone invalidates the memcached of its own region when it
 * changes something; what comes by the database's replication invalidates nothing there, and is noticed up to 600 s late
 * (oslo.cache `expiration_time`; keystone/common/cache/core.py keeps one region key per memcached). Three moments are worth
 * the price of an empty cache: a region returns from isolation, after which nobody uses its own Keystones; its replicas have
 * replayed what they were behind by more than the policy allows, which a connection that was cut may take a while for; and a
 * promotion that may have lost acknowledged writes, after which a Keystone may remember rows that are gone. The switch itself is not one of them: it would send every service to
 * Keystone at once, in the worst moment.
 */

/** What the leader's decisions say about a region's Keystones and their database. */
export interface CacheSituation {
  /** True while the region uses its own Keystones because home is out of reach. */
  readonly isAway: boolean;
  /** True while the region's own replicas are behind by more than the policy allows. */
  readonly isBehind: boolean;
  /** The last term whose promotion may have lost acknowledged writes; 0n if there was none. */
  readonly lossyTerm: bigint;
}

export interface CacheVerdict {
  /** Why the caches are to be emptied, for the event; undefined if they are not. */
  readonly empty: string | undefined;
  /** What is to be remembered once it is done: the next `handled`. */
  readonly next: CacheSituation;
}

/** @param handled the situation that was last dealt with; undefined on a node that has not dealt with any */
export function decideCaches(handled: CacheSituation | undefined, now: CacheSituation): CacheVerdict {
  if (handled === undefined) return { empty: undefined, next: now };
  if (now.lossyTerm > handled.lossyTerm)
    return { empty: `the promotion of term ${now.lossyTerm} may have lost what Keystone remembers`, next: now };
  // The term never goes back; a decision that says so is an old one.
  const next = { ...now, lossyTerm: handled.lossyTerm };
  if (handled.isAway && !now.isAway)
    return { empty: 'the region has returned: what happened at home was replayed behind its Keystones', next };
  if (handled.isBehind && !now.isBehind && !now.isAway)
    return { empty: "the region's replicas have replayed what they were behind", next };
  return { empty: undefined, next };
}
