/**
 * What it means for people that transactions of an identity database are not in the primary's data: most tables of
 * Keystone say who may do what, and forgetting a removal gives access back. Source of the table names: Keystone's
 * schema (keystone/common/sql); a table that is not listed means nothing here.
 */

/** Rows of one table that a set of transactions touched; `table` is `<schema>.<table>`. */
export interface TouchedTable {
  readonly table: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

const MEANS: Readonly<Record<string, string>> = {
  revocation_event: 'tokens that were revoked are accepted again until they expire',
  assignment: 'role assignments are as before: a role that was removed is held again, one that was granted is missing',
  system_assignment: 'system roles are as before: one that was removed is held again',
  password: 'passwords are as before: one that was changed, perhaps because it had leaked, is valid again',
  user: 'users are as before: one that was disabled or deleted may log in again',
  local_user: 'users are as before: one that was deleted may log in again',
  nonlocal_user: 'users are as before: one that was deleted may log in again',
  federated_user: 'federated users are as before: one that was removed may log in again',
  user_group_membership: 'groups are as before: a user who was removed from one has its roles again',
  expiring_user_group_membership: 'groups are as before: a user who was removed from one has its roles again',
  group: 'groups are as before: one that was deleted gives its roles again',
  credential: 'credentials (EC2 keys, TOTP seeds) are as before: one that was deleted works again',
  application_credential: 'application credentials are as before: one that was deleted works again',
  application_credential_role: 'roles of application credentials are as before',
  access_token: 'OAuth tokens are as before: one that was revoked works again',
  trust: 'trusts are as before: one that was deleted delegates again',
  trust_role: 'roles of trusts are as before',
  project: 'projects and domains are as before: one that was disabled or deleted is usable again',
  role: 'roles are as before: one that was deleted exists again',
  implied_role: 'implied roles are as before: one that was removed is implied again',
  identity_provider: 'identity providers are as before: one that was disabled or removed is trusted again',
  mapping: 'federation mappings are as before: one that was narrowed or removed applies again',
};

/** @returns a sentence per kind of consequence, without repetitions; empty if no such table was touched */
export function accessConsequences(tables: readonly TouchedTable[]): readonly string[] {
  const named = tables.map(({ table }) => table.slice(table.lastIndexOf('.') + 1));
  return [...new Set(named.flatMap((name) => (Object.hasOwn(MEANS, name) ? [MEANS[name] ?? ''] : [])))];
}
