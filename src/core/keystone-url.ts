/** A Keystone's URL with and without its version: policies name the API, and files may name either. */

/** The API's version at the end, with or without a slash behind it. */
const VERSION = /\/v3\/*$/;

/**
 * The URL without `/v3`, e.g. `http://203.0.113.10:5000`.
 * @returns undefined if there is more behind the host than the version
 */
export function keystoneBase(url: string): string | undefined {
  const base = url.replace(VERSION, '').replace(/\/+$/, '');
  return /^https?:\/\/[^/?#]+$/.test(base) ? base : undefined;
}
