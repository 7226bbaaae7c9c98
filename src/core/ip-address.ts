/**
 * IP addresses and networks as values, so that a grant can say "any address in this network". Only the usual text forms
 * are read; anything else is undefined, never guessed.
 */

export interface IpAddress {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

export interface IpNetwork extends IpAddress {
  /** Leading bits that name the network, 0–32 or 0–128. */
  readonly prefixLength: number;
}

/** @returns undefined when the text is no IPv4 address and no IPv6 address (without a zone) */
export function parseIp(text: string): IpAddress | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/** Reads `address/length`; without a length the network is that one address. Host bits may be set. */
export function parseNetwork(text: string): IpNetwork | undefined {
  const [addressText = '', lengthText, ...rest] = text.split('/');
  const address = parseIp(addressText);
  if (address === undefined || rest.length > 0) return undefined;
  if (lengthText === undefined) return { ...address, prefixLength: address.bits };
  if (!/^(0|[1-9]\d{0,2})$/.test(lengthText)) return undefined;
  const prefixLength = Number(lengthText);
  return prefixLength > address.bits ? undefined : { ...address, prefixLength };
}

/** Is the address inside the network? Never across IPv4 and IPv6. */
export function isWithin(inner: IpAddress, outer: IpNetwork): boolean {
  if (inner.bits !== outer.bits) return false;
  const hostBits = BigInt(outer.bits - outer.prefixLength);
  return inner.value >> hostBits === outer.value >> hostBits;
}

function parseIpv4(text: string): IpAddress | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255))
    return undefined;
  return { bits: 32, value: parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n) };
}

function parseIpv6(text: string): IpAddress | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [left, right] = halves.map(groupsOf);
  if (left === undefined) return undefined;
  if (halves.length === 2 && right === undefined) return undefined;
  const missing = 8 - left.length - (right?.length ?? 0);
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...left, ...Array<bigint>(missing).fill(0n), ...(right ?? [])];
  return { bits: 128, value: groups.reduce((value, group) => (value << 16n) | group, 0n) };
}

function groupsOf(half: string): readonly bigint[] | undefined {
  if (half === '') return [];
  const parts = half.split(':');
  return parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part)) ? parts.map((part) => BigInt(`0x${part}`)) : undefined;
}
