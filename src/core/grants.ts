/**
 * What regent may touch on a node, as its root said in the node's grants file (I9). Whatever a policy or a store says,
 * an actuator asks here first, and what is not named is refused. Only texts are judged here: that no link leads out
 * of a granted directory is the file writer's part.
 */
import { type IpNetwork, isWithin, parseNetwork } from './ip-address.ts';

/** The grants as they are written. */
export interface GrantList {
  /** Absolute paths, or `<directory>/*` for every file right inside a directory. */
  readonly files: readonly string[];
  /** systemd units with their suffix, e.g. `mariadb.service`. */
  readonly units: readonly string[];
  /** Containers that may be restarted, e.g. Kolla's `nova_api`. */
  readonly containers?: readonly string[];
  /** Addresses or networks, e.g. `192.0.2.10/32`. */
  readonly addresses: readonly string[];
  /** Absolute paths of programs that replace the data of a database server, e.g. `/usr/bin/mariadb-backup`. */
  readonly commands?: readonly string[];
  /** Replication accounts that may be locked on this node's database server. */
  readonly accounts?: readonly string[];
  /** memcached servers that may be emptied, `host:port`; whatever else is kept there is lost with it. */
  readonly caches?: readonly string[];
  /** May the rows of Keystone's endpoint catalogue be written from this node? */
  readonly catalog?: boolean;
  readonly haproxy: { readonly socket: string; readonly backends: readonly string[] } | null;
}

export interface Grants {
  mayWrite(path: string): boolean;
  mayDrive(unit: string): boolean;
  mayRestart(container: string): boolean;
  /** @param address with or without a prefix length; only the address counts. */
  mayServe(address: string): boolean;
  mayRun(program: string): boolean;
  mayLock(account: string): boolean;
  /** @param server of memcached, `host:port` as the node's configuration has it */
  mayEmpty(server: string): boolean;
  mayCatalog(): boolean;
  maySwitch(backend: string): boolean;
  /** The one HAProxy socket that may be used for switching. */
  mayUse(socket: string): boolean;
}

/** The grants of a node without a grants file. */
export const noGrants: Grants = grantsOf({ files: [], units: [], addresses: [], haproxy: null });

/** Makes the judge of a list. Entries that cannot be read grant nothing. */
export function grantsOf(list: GrantList): Grants {
  const networks = list.addresses.map(parseNetwork).filter((network): network is IpNetwork => network !== undefined);
  const backends = new Set(list.haproxy?.backends ?? []);
  const units = new Set(list.units);
  return {
    mayWrite: (path) => isPlainPath(path) && list.files.some((grant) => covers(grant, path)),
    mayDrive: (unit) => units.has(unit),
    mayRestart: (container) => (list.containers ?? []).includes(container),
    mayServe: (address) => {
      const wanted = parseNetwork(address);
      return wanted !== undefined && networks.some((network) => isWithin(wanted, network));
    },
    mayRun: (program) => isPlainPath(program) && (list.commands ?? []).includes(program),
    mayLock: (account) => (list.accounts ?? []).includes(account),
    mayEmpty: (server) => (list.caches ?? []).includes(server),
    mayCatalog: () => list.catalog === true,
    maySwitch: (backend) => backends.has(backend),
    mayUse: (socket) => list.haproxy !== null && list.haproxy.socket === socket,
  };
}

/** An absolute path in its shortest form: no `.`, no `..`, no empty part, no trailing slash, no control character. */
export function isPlainPath(path: string): boolean {
  if (!path.startsWith('/') || path === '/') return false;
  const parts = path.slice(1).split('/');
  return parts.every((part) => part !== '' && part !== '.' && part !== '..' && isPrintable(part));
}

function covers(grant: string, path: string): boolean {
  if (!grant.endsWith('/*')) return grant === path;
  const directory = grant.slice(0, -2);
  return isPlainPath(directory) && path.slice(0, path.lastIndexOf('/')) === directory;
}

function isPrintable(text: string): boolean {
  return [...text].every((character) => character >= ' ' && character !== '\u007f');
}
