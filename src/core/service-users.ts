/**
 * Which users of OpenStack's services sign in with a password. Keystone writes at such a login: the day of it, once a day (releases
 * since 2024.1, and before if inactive users are disabled), and always after one with a wrong password; on a closed database
 * it answers 500 then. An application credential is checked without a write.
 */
import { readOslo } from './configuration/oslo-reader.ts';

/** One section of a file that signs in with a password. */
export interface PasswordLogin {
  readonly section: string;
  readonly username: string;
}

/** Plugins of keystoneauth (5.1) that send the password of a user to Keystone. */
const PASSWORD_TYPES: ReadonlySet<string> = new Set(['password', 'v2password', 'v3password']);
/** Sends what its `auth_methods` name. */
const MULTIFACTOR = 'v3multifactor';

/** @returns undefined if it is not a file that oslo.config reads */
export function passwordLogins(text: string): readonly PasswordLogin[] | undefined {
  const read = readOslo(text);
  if (!read.ok) return undefined;
  const sections = Map.groupBy(read.options, ({ section }) => section);
  return [...sections].flatMap(([section, options]) => {
    /** The last one counts; names that keystoneauth still takes come after the one that it has now. */
    const lastOf = (...names: readonly string[]): string | undefined =>
      names
        .map((name) =>
          options
            .findLast((each) => each.name === name)
            ?.pieces.map((piece) => piece.text)
            .join(''),
        )
        .find((value) => value !== undefined);
    const type = lastOf('auth_type', 'auth_plugin') ?? '';
    const isMultifactor = type === MULTIFACTOR && /\bv3password\b/.test(lastOf('auth_methods') ?? '');
    if (!PASSWORD_TYPES.has(type) && !isMultifactor) return [];
    return [{ section, username: lastOf('username', 'user_name', 'user_id') ?? 'a user without a name' }];
  });
}

/** What to write instead. */
export const SERVICE_USER_REMEDY =
  'make an application credential of each user (openstack application credential create) and write auth_type = ' +
  'v3applicationcredential, application_credential_id and application_credential_secret there, without username, password, ' +
  'project and domains';
