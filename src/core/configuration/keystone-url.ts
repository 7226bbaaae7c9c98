/**
 * How a Keystone is named in a value: by scheme, host and port, and by a path if it is not at the root of its host. Only
 * this much is compared and replaced; what follows, a version or a slash, belongs to the option.
 */

/** A declared Keystone. */
export interface KeystoneBase {
  /** `http` or `https`. */
  readonly scheme: string;
  /** In lower case; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Empty, or like `/identity`: without a slash at its end. */
  readonly path: string;
  /** All of it, as it is written into a file. */
  readonly text: string;
}

/** An URL inside a piece of text. */
export interface FoundUrl {
  /** Index of its scheme in the piece. */
  readonly start: number;
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  /** Length of the scheme, host and port. */
  readonly originLength: number;
  /** What follows them, up to a blank, a quote, a comma or the end. */
  readonly rest: string;
}

const URL_TEXT = /\b(https?):\/\/([^\s/?#,;'"<>|\\()]+)([^\s,;'"<>|\\()]*)/gi;
const AUTHORITY = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::(\d{1,5}))?$/i;
const PORT_MAX = 65_535;

/** @returns undefined for what is not `http(s)://HOST[:PORT][/PATH]` */
export function parseKeystoneBase(text: string): KeystoneBase | undefined {
  const [found, ...more] = urlsIn(text);
  if (found === undefined || more.length > 0 || found.originLength + found.rest.length !== text.length)
    return undefined;
  const path = found.rest.replace(/\/+$/, '');
  if (!/^(\/[\w.~-]+)*$/.test(path)) return undefined;
  const { scheme, host, port } = found;
  return { scheme, host, port, path, text: text.slice(0, found.originLength) + path };
}

/** Every plain URL in a text; one with a user name or a variable in the place of its host is none. */
export function urlsIn(text: string): readonly FoundUrl[] {
  return [...text.matchAll(URL_TEXT)].flatMap((match) => {
    const [, schemeText = '', authority = '', rest = ''] = match;
    const [, address, name, portText] = AUTHORITY.exec(authority) ?? [];
    const host = (address ?? name)?.toLowerCase();
    const scheme = schemeText.toLowerCase();
    const port = portText === undefined ? defaultPort(scheme) : Number(portText);
    if (host === undefined || port > PORT_MAX) return [];
    const originLength = schemeText.length + '://'.length + authority.length;
    return [{ start: match.index, scheme, host, port, originLength, rest }];
  });
}

/** The declared Keystone that is meant: by host and port, whatever the scheme; of several on one host, by the path. */
export function keystoneOf(url: FoundUrl, declared: readonly KeystoneBase[]): KeystoneBase | undefined {
  const here = declared.filter(
    ({ host, port, path }) => host === url.host && port === url.port && covers(path, url.rest),
  );
  return here.toSorted((a, b) => b.path.length - a.path.length)[0];
}

/** Whether a text names the host and port of a Keystone in any form, e.g. without a scheme. */
export function mentions(text: string, { host, port }: KeystoneBase): boolean {
  return namesHost(text, `${host.includes(':') ? `[${host}]` : host}:${port}`);
}

/** Whether a text names a host, and not only as a part of a longer name. */
export function namesHost(text: string, host: string): boolean {
  return new RegExp(`(?<![\\w.-])${host.replaceAll(/[.[\]]/g, '\\$&')}(?![\\w-]|\\.\\w)`, 'i').test(text);
}

function covers(path: string, rest: string): boolean {
  return rest.startsWith(path) && /^([/?#]|$)/.test(rest.slice(path.length));
}

function defaultPort(scheme: string): number {
  return scheme === 'https' ? 443 : 80;
}
