/**
 * Compares what two MariaDB servers have in their binary logs, per server that wrote it. Pure.
 */

/**
 * Transactions that `one` has and `other` has not, as ranges such as `0-13: 57..59`.
 *
 * @param one - `@@gtid_binlog_state`, e.g. `0-12-40,0-13-57`
 */
export function errantTransactions(one: string, other: string): readonly string[] {
  const known = parse(other);
  return [...parse(one)]
    .filter(([writer, last]) => last > (known.get(writer) ?? 0))
    .map(([writer, last]) => `${writer}: ${(known.get(writer) ?? 0) + 1}..${last}`);
}

function parse(state: string): ReadonlyMap<string, number> {
  const entries = state.split(',').filter((each) => each !== '');
  return new Map(
    entries.map((each) => {
      const [domain = '', server = '', sequence = '0'] = each.trim().split('-');
      return [`${domain}-${server}`, Number(sequence)] as const;
    }),
  );
}
