/**
 * Where the catalogue sends the services of this region for their identity. keystonemiddleware takes only its own token from
 * `auth_url`; the address at which it validates its users' tokens it takes from the catalogue row of its region. A row that
 * leads into another region makes every other preparation for a cut worthless, and cannot be changed on a replica, so it
 * is looked at long before.
 */
import { lookup } from 'node:dns/promises';
import { z } from 'zod';
import type { Facts, Observation } from '../core/observation.ts';
import {
  bounded,
  failed,
  issueToken,
  type KeystoneAccount,
  plainUrl,
  unknown,
  type Verdict,
} from './keystone-token.ts';
import type { Probe } from './probe.ts';

export interface IdentityCatalogProbeOptions extends KeystoneAccount {
  /** This node's own Keystone, with its version. */
  readonly url: string;
  readonly region: string;
  /** By region: its Keystone's URL. */
  readonly keystones: Readonly<Record<string, string>>;
  readonly everyMs: number;
  readonly timeoutMs: number;
  /** Addresses of a host name. Default: the resolver of the system. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

export const IDENTITY_CATALOG_PROBE = 'identity-catalog';

/** What a service may ask for; `internal` is keystonemiddleware's default. An `admin` row may be left out. */
const INTERFACES = ['internal', 'public', 'admin'] as const;
const NEEDED: ReadonlySet<string> = new Set(['internal', 'public']);

const body = z.object({
  token: z.object({
    catalog: z.array(
      z.object({
        type: z.string(),
        endpoints: z.array(z.object({ interface: z.string(), region: z.string().nullish(), url: z.string() })),
      }),
    ),
  }),
});

/** One row of the region, and which region's Keystone it leads to; undefined: to none that is known. */
interface Row {
  readonly interface: string;
  readonly url: string;
  readonly leadsTo: string | undefined;
}

export function identityCatalogProbe(options: IdentityCatalogProbeOptions): Probe {
  const { everyMs, timeoutMs } = options;
  const url = plainUrl(options.url);
  return {
    name: IDENTITY_CATALOG_PROBE,
    everyMs,
    observe: async (signal): Promise<Observation> => {
      let facts: Facts = {};
      const verdict = await bounded({ url, what: 'give its catalogue', timeoutMs }, signal, async (within) => {
        const issued = await issueToken(url, options, { signal: within, withCatalog: true });
        if (!issued.ok) return unknown(`no catalogue: ${issued.verdict.detail}`);
        const read = body.safeParse(issued.body);
        if (!read.success) return unknown(`${url} gave a token without a catalogue`);
        const rows = await rowsOf(read.data, options);
        facts = Object.fromEntries(rows.map((row) => [row.interface, row.url]));
        return judge(rows, options);
      });
      return { ...verdict, facts };
    },
  };
}

async function rowsOf(
  { token }: z.output<typeof body>,
  { region, keystones, resolve = addressesOf }: IdentityCatalogProbeOptions,
): Promise<readonly Row[]> {
  const endpoints = token.catalog
    .filter(({ type }) => type === 'identity')
    .flatMap((service) => service.endpoints)
    .filter((each) => each.region === region);
  const places = await Promise.all(
    Object.entries(keystones).map(async ([name, url]) => ({ name, addresses: await addressesIn(url, resolve) })),
  );
  return Promise.all(
    endpoints.map(async ({ interface: of, url }) => {
      const addresses = await addressesIn(url, resolve);
      const place = places.find((each) => each.addresses.some((address) => addresses.includes(address)));
      return { interface: of, url, leadsTo: place?.name };
    }),
  );
}

function judge(rows: readonly Row[], { region, keystones }: IdentityCatalogProbeOptions): Verdict {
  const own = keystones[region] ?? "the region's own address";
  const wrong = INTERFACES.flatMap((each) => {
    const found = rows.filter((row) => row.interface === each);
    if (found.length === 0 && NEEDED.has(each)) return [`IdentityRowMissing: ${region} has no ${each} identity row`];
    return found.flatMap(({ url, leadsTo }) => {
      if (leadsTo === region) return [];
      const where = leadsTo === undefined ? 'an address that no policy names' : `the Keystone of ${leadsTo}`;
      return [`IdentityRowRemote: the ${each} identity row of ${region} leads to ${where} (${url})`];
    });
  });
  if (wrong.length === 0) return { health: 'ok', detail: `the identity rows of ${region} lead to its own Keystone` };
  return failed(
    `${wrong.join('; ')}: cut off, the services of ${region} could not validate a token, whatever is switched; write ` +
      `${own} into the row while the primary can be written (openstack endpoint set --url)`,
  );
}

/** Host and port tell one Keystone from another; a name that has no address is told by itself. */
async function addressesIn(
  url: string,
  resolve: NonNullable<IdentityCatalogProbeOptions['resolve']>,
): Promise<readonly string[]> {
  if (!URL.canParse(url)) return [];
  const { hostname, port, protocol } = new URL(url);
  const at = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  const addresses = await resolve(hostname.replace(/^\[(.*)\]$/, '$1')).catch(() => [hostname]);
  return addresses.map((address) => `${address} ${at}`);
}

async function addressesOf(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}
