/**
 * Reads from keepalived's files which addresses and router ids they serve, so that regent adopts or refuses what is
 * there and never serves it twice (I4). It understands just as much of the format as it takes to find them: blocks,
 * comments, words.
 */
import { parseNetwork } from '../core/ip-address.ts';

/** What one `vrrp_instance` of some file serves. */
export interface Claim {
  readonly file: string;
  readonly instance: string;
  readonly interface: string;
  readonly virtualRouterId: number;
  /** Addresses without prefix lengths, as values, so that two spellings are the same. */
  readonly addresses: readonly bigint[];
}

export interface KeepalivedFile {
  readonly path: string;
  readonly text: string;
}

/** All claims of these files. */
export function readClaims(files: readonly KeepalivedFile[]): readonly Claim[] {
  return files.flatMap(({ path, text }) => claimsOf(path, wordsOf(text)));
}

/** The first claim of the same router id on the same interface, or of the same address. */
export function conflictingClaim(
  claims: readonly Claim[],
  wanted: { readonly address: string; readonly interface: string; readonly virtualRouterId: number },
): Claim | undefined {
  const value = parseNetwork(wanted.address)?.value;
  return claims.find(
    (claim) =>
      (claim.virtualRouterId === wanted.virtualRouterId && claim.interface === wanted.interface) ||
      (value !== undefined && claim.addresses.includes(value)),
  );
}

/** Braces are words of their own, as are ends of lines, because entries of a list are told apart by lines. */
function wordsOf(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const code = line
      .replace(/[#!].*$/, '')
      .replace(/([{}])/g, ' $1 ')
      .replaceAll('"', ' ');
    return [...code.split(/\s+/).filter((word) => word !== ''), '\n'];
  });
}

function claimsOf(file: string, words: readonly string[]): readonly Claim[] {
  const claims: Claim[] = [];
  for (let at = 0; at < words.length; at++) {
    if (words[at] !== 'vrrp_instance') continue;
    const body = blockAfter(words, at);
    const value = (key: string): string => body[body.indexOf(key) + 1] ?? '';
    claims.push({
      file,
      instance: words[at + 1] ?? '',
      interface: body.includes('interface') ? value('interface') : '',
      virtualRouterId: body.includes('virtual_router_id') ? Number(value('virtual_router_id')) : Number.NaN,
      addresses: ['virtual_ipaddress', 'virtual_ipaddress_excluded'].flatMap((key) => addressesOf(body, key)),
    });
  }
  return claims;
}

function addressesOf(body: readonly string[], key: string): readonly bigint[] {
  const at = body.indexOf(key);
  if (at < 0) return [];
  return blockAfter(body, at)
    .map((word) => parseNetwork(word)?.value)
    .filter((value): value is bigint => value !== undefined);
}

/** The words between the next opening brace and the one that closes it. */
function blockAfter(words: readonly string[], at: number): readonly string[] {
  const start = words.indexOf('{', at);
  if (start < 0) return [];
  let depth = 0;
  for (let end = start; end < words.length; end++) {
    if (words[end] === '{') depth += 1;
    if (words[end] === '}') depth -= 1;
    if (depth === 0) return words.slice(start + 1, end);
  }
  return words.slice(start + 1);
}
