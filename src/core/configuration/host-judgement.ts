/**
 * Judges a Keystone that is named by its parts, in options of their own: `auth_host`, `auth_port`, `auth_protocol`. A part
 * that is not written cannot be changed, so the wanted Keystone must have the default in its place.
 */
import type { Edit } from './edit.ts';
import type { IniOption, IniPiece } from './ini-file.ts';
import { left, type OptionJudgement, strangers, type WantedKeystone } from './option-judgement.ts';

/** What is meant without the option: keystonemiddleware 10.1 for `auth_…`, Blazar 10 for `os_auth_…`. */
const DEFAULTS: Readonly<Record<string, { readonly port: number; readonly protocol: string }>> = {
  auth_host: { port: 35_357, protocol: 'https' },
  os_auth_host: { port: 5_000, protocol: 'http' },
};

/** @param options - all options of the file; port and protocol are looked for in the section of `host` */
export function judgeHost(
  host: IniOption,
  options: readonly IniOption[],
  { from, to }: WantedKeystone,
): OptionJudgement {
  const beside = (part: string): readonly IniOption[] =>
    options.filter(({ section, name }) => section === host.section && name === host.name.replace('host', part));
  const [hosts, ports, protocols] = [[host], beside('port'), beside('protocol')];
  if (ports.length > 1 || protocols.length > 1) return left('names its Keystone in parts of which one is given twice');
  const [hostPiece, portPiece, protocolPiece] = [hosts, ports, protocols].map(onlyPiece);
  if (hostPiece === undefined) return { edits: [], leftover: undefined };
  const standard = DEFAULTS[host.name] ?? { port: 35_357, protocol: 'https' };
  const named = {
    host: hostPiece.text.toLowerCase(),
    port: portPiece === undefined ? standard.port : Number(portPiece.text),
    scheme: protocolPiece?.text.toLowerCase() ?? standard.protocol,
  };
  const isDeclared = [to, ...from].some((each) => each.host === named.host && each.port === named.port);
  if (!isDeclared) return left(strangers([named]));
  const [port, scheme] = [named.port !== to.port, named.scheme !== to.scheme];
  const missing = [
    port && portPiece === undefined ? host.name.replace('host', 'port') : undefined,
    scheme && protocolPiece === undefined ? host.name.replace('host', 'protocol') : undefined,
    to.path === '' ? undefined : 'auth_url',
  ].find((name) => name !== undefined);
  if (missing !== undefined) return left(`cannot name ${to.text} without the option ${missing}, which is not there`);
  const edits = [
    edit(hostPiece, named.host !== to.host, to.host),
    edit(portPiece, port, String(to.port)),
    edit(protocolPiece, scheme, to.scheme),
  ];
  return { edits: edits.filter((each) => each !== undefined), leftover: undefined };
}

function onlyPiece(options: readonly IniOption[]): IniPiece | undefined {
  return options[0]?.pieces.find(({ text }) => text !== '');
}

function edit(piece: IniPiece | undefined, isWrong: boolean, after: string): Edit | undefined {
  return piece !== undefined && isWrong ? { start: piece.start, before: piece.text, after } : undefined;
}
