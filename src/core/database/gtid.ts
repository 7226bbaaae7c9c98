/**
 * MariaDB's global transaction ids as values: parsing, comparing, and telling which transactions of a server no
 * promoted primary has. A *position* (`gtid_slave_pos`, `gtid_binlog_pos`, `Gtid_IO_Pos`) names the last transaction
 * of each domain; a *binlog state* (`gtid_binlog_state`) the last one of each domain **and** server id. Errant
 * transactions show in the state only: a new primary goes on with the same sequence numbers under its own server id,
 * so a comparison of bare numbers hides them. A text that is not a GTID list throws; nothing is guessed.
 */
import type { GtidPosition } from './state.ts';

/** One transaction: `<domain>-<server id>-<sequence number>`. */
export interface Gtid {
  readonly domain: number;
  readonly serverId: number;
  /** 64 bits, hence a bigint. */
  readonly seq: bigint;
}

/** How the first of two positions stands to the second. `diverged`: each has, or may have, what the other lacks. */
export type Comparison = 'same' | 'ahead' | 'behind' | 'diverged';

/** The positions recorded at a promotion; `PromotionRecord` has them. */
export interface PromotedPositions {
  readonly slavePos: GtidPosition;
  readonly binlogPos: GtidPosition;
  readonly binlogState: GtidPosition;
}

/** A server's last transaction of one origin, when it lies beyond what was promoted. */
export interface Errant extends Gtid {
  /** The last sequence number of that origin which the promoted server had; 0 = none. */
  readonly knownSeq: bigint;
}

const SHAPE = /^(\d{1,10})-(\d{1,10})-(\d{1,20})$/;

/**
 * Parses a position or a binlog state, in the order of the text.
 * @throws Error naming the part that is not a GTID
 */
export function parseGtids(text: GtidPosition): readonly Gtid[] {
  if (text.trim() === '') return [];
  return text.split(',').map((part) => {
    const [, domain, serverId, seq] = SHAPE.exec(part.trim()) ?? [];
    if (domain === undefined || serverId === undefined || seq === undefined)
      throw new Error(`not a GTID: ${JSON.stringify(part.trim())}`);
    return { domain: Number(domain), serverId: Number(serverId), seq: BigInt(seq) };
  });
}

/** Writes one GTID as MariaDB does. */
export function formatGtid({ domain, serverId, seq }: Gtid): string {
  return `${domain}-${serverId}-${seq}`;
}

/** The last transaction of each domain; from a binlog state it is the one with the highest number. */
export function lastPerDomain(text: GtidPosition): ReadonlyMap<number, Gtid> {
  const last = new Map<number, Gtid>();
  for (const gtid of parseGtids(text)) {
    const known = last.get(gtid.domain);
    if (known === undefined || gtid.seq > known.seq) last.set(gtid.domain, gtid);
  }
  return last;
}

/** Keyed `<domain>-<server id>`. */
function lastPerOrigin(text: GtidPosition): ReadonlyMap<string, bigint> {
  return new Map(parseGtids(text).map(({ domain, serverId, seq }) => [`${domain}-${serverId}`, seq]));
}

/**
 * Does position `a` hold everything that position `b` names? Under `gtid_strict_mode` a higher number of a domain
 * includes the lower ones; the same number from two servers are two different transactions, so that is a no.
 */
export function contains(a: GtidPosition, b: GtidPosition): boolean {
  const having = lastPerDomain(a);
  return [...lastPerDomain(b).values()].every((wanted) => {
    const held = having.get(wanted.domain);
    if (held === undefined) return wanted.seq === 0n;
    return held.seq > wanted.seq || (held.seq === wanted.seq && held.serverId === wanted.serverId);
  });
}

/** Compares what two servers have received (or applied). */
export function compareReceived(a: GtidPosition, b: GtidPosition): Comparison {
  const aHasB = contains(a, b);
  const bHasA = contains(b, a);
  if (aHasB && bHasA) return 'same';
  if (aHasB) return 'ahead';
  return bHasA ? 'behind' : 'diverged';
}

/** The greater of two positions, domain by domain; the first wins where the numbers are the same. */
export function mergePositions(a: GtidPosition, b: GtidPosition): GtidPosition {
  const merged = new Map(lastPerDomain(a));
  for (const [domain, gtid] of lastPerDomain(b)) {
    const known = merged.get(domain);
    if (known === undefined || gtid.seq > known.seq) merged.set(domain, gtid);
  }
  return [...merged.values()]
    .sort((left, right) => left.domain - right.domain)
    .map(formatGtid)
    .join(',');
}

/**
 * What a server has that the promoted primary had not when it was promoted: it must not join while this is not empty.
 * Compared per origin: the promoted server's own `gtid_binlog_state` says the last transaction it had of each server.
 * An origin that it has no entry for (a server seeded from a backup starts with an empty state) is compared with its
 * domain's position instead.
 * @param ownState `gtid_binlog_state` of the server that wants to join.
 * @param ownServerId its server id: its own writes are always judged.
 * @param promoted what was recorded at the newest promotion of another server.
 * @param promotedServerId if given, the writes of third servers are judged as well (a replica that was ahead of the
 *   server that was promoted), and only those of the promoted server may be newer than the record.
 * @returns one entry per origin that goes beyond, in the order of `ownState`; empty = clean
 */
export function errantAgainst(
  ownState: GtidPosition,
  ownServerId: number,
  promoted: PromotedPositions,
  promotedServerId?: number,
): readonly Errant[] {
  const isJudged = (serverId: number): boolean =>
    serverId === ownServerId || (promotedServerId !== undefined && serverId !== promotedServerId);
  return beyond(ownState, promoted, isJudged);
}

/**
 * The same against every promotion on record: what was lost in one of them looks like something known beside the higher
 * numbers of a later one. Only servers that were promoted since may have written more than a record has.
 * @param promotions newest first
 * @returns what goes beyond the newest promotion that it goes beyond; empty = clean
 */
export function errantInAny(
  ownState: GtidPosition,
  promotions: readonly (PromotedPositions & { readonly serverId: number })[],
): readonly Errant[] {
  const since = new Set<number>();
  for (const promoted of promotions) {
    since.add(promoted.serverId);
    const found = beyond(ownState, promoted, (serverId) => !since.has(serverId));
    if (found.length > 0) return found;
  }
  return [];
}

function beyond(
  ownState: GtidPosition,
  promoted: PromotedPositions,
  isJudged: (serverId: number) => boolean,
): readonly Errant[] {
  const byOrigin = lastPerOrigin(promoted.binlogState);
  const byDomain = lastPerDomain(mergePositions(promoted.slavePos, promoted.binlogPos));
  return parseGtids(ownState)
    .filter((gtid) => isJudged(gtid.serverId))
    .map((gtid) => {
      const known = byOrigin.get(`${gtid.domain}-${gtid.serverId}`) ?? byDomain.get(gtid.domain)?.seq ?? 0n;
      return { ...gtid, knownSeq: known };
    })
    .filter((gtid) => gtid.seq > gtid.knownSeq);
}
