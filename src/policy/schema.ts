/**
 * The text form of the policies: one strict object per kind, durations with units, every field described for editors.
 * Only the shape of one document is judged here; how fields fit together and whether names exist is coherence.ts. The
 * messages of this schema are codes, and schema-problems.ts says them in words.
 */
import { z } from 'zod';
import { SERVICE_NAMES } from '../core/configuration/service-table.ts';
import type { SchemaCode } from './schema-fields.ts';
import { address, code, duration, head, interfaceName, name, network, promotion, url, whole } from './schema-fields.ts';
import { fernetKeys } from './schema-keys.ts';

export { API_VERSION, type SchemaCode } from './schema-fields.ts';

export const virtualAddress = z.strictObject({
  ...head('VirtualAddress'),
  region: name.describe('region that owns the address'),
  address: network.describe('address with prefix length, for example 192.0.2.10/24'),
  interface: interfaceName.describe('network interface that carries it on every node'),
  virtualRouterId: whole(1, 255).describe('VRRP virtual router id, 1-255, unique on its network'),
  advertInterval: duration.prefault('1s').describe('time between two VRRP advertisements, in steps of 10ms'),
  nodes: z.array(name).min(1).describe('nodes that may own the address, most preferred first'),
  unfitWhen: z
    .strictObject({
      probes: z.array(name).min(1).default(['haproxy']).describe('probes that must work on the owner'),
      failedFor: duration.prefault('2s').describe('how long one of them must have failed'),
    })
    .prefault({})
    .describe('what makes a node unfit to own the address'),
  fitAgainAfter: duration.prefault('10s').describe('how long all of them must be ok before the node may own it again'),
});

export const databaseFailover = z.strictObject({
  ...head('DatabaseFailover'),
  members: z
    .array(
      z.strictObject({
        node: name.describe('node that runs the server'),
        region: name.describe('region of the node'),
        address: address.describe('IP address from which the other members replicate'),
        port: whole(1, 65_535).default(3306).describe('port of the server'),
        promote: z
          .enum(['allowed', 'never'])
          .default('allowed')
          .describe('never: follows and votes, but is never promoted'),
      }),
    )
    .min(1)
    .describe("servers in order of preference; the primary's own region goes first whatever the order"),
  ttl: duration.prefault('3s').describe("lease of the primary, in whole seconds, above the store's floor"),
  margin: duration.prefault('600ms').describe('what the primary subtracts from its lease, so that it stops in time'),
  durability: z
    .enum(['lossless', 'bounded'])
    .default('bounded')
    .describe('lossless never promotes without proof that nothing is lost; bounded may, within maxLoss'),
  survives: z
    .enum(['node', 'region'])
    .default('node')
    .describe('what an acknowledged write outlives; region puts a round trip to another region into every commit'),
  ackers: whole(1, 3)
    .default(1)
    .describe('how many members should be able to acknowledge a commit; with more, losing one stalls no write'),
  writeProbe: z
    .strictObject({
      every: duration.prefault('1s').describe('how often the primary writes a row'),
      vetoWithin: duration.prefault('1s').describe('a member that received a row this recently vetoes a ballot'),
    })
    .prefault({}),
  withinRegion: z
    .strictObject({
      promote: promotion.default('automatic').describe("promotion inside the former primary's region"),
      holdDown: duration.prefault('0s').describe('how long the primary must be gone before it'),
      maxLoss: duration.prefault('0s').describe('how much may be lost by it, in time of writes'),
    })
    .prefault({}),
  betweenRegions: z
    .strictObject({
      promote: promotion.default('manual').describe('promotion in another region; automatic needs three store sites'),
      holdDown: duration.prefault('60s').describe('how long the primary must be gone before it'),
      maxLoss: duration.prefault('0s').describe('how much may be lost by it, in time of writes'),
    })
    .prefault({}),
  cooldown: duration.prefault('60s').describe('no further switch for this long after one'),
  hungAfter: duration.prefault('10s').describe('an open server that takes no write for this long is killed'),
  stepTimeout: duration.prefault('5s').describe('how long one step of a ballot may take'),
  route: z
    .strictObject({ backend: name.describe('HAProxy backend whose servers are named like the members') })
    .describe("where the region's proxies send database traffic"),
});

export const identityRoute = z
  .strictObject({
    ...head('IdentityRoute'),
    region: name.describe('region whose services are routed'),
    via: z
      .enum(['proxy', 'config'])
      .default('proxy')
      .describe("proxy switches the region's own load balancer; config edits the services' files and restarts them"),
    database: name.describe('DatabaseFailover whose primary says which region is home'),
    backend: name
      .optional()
      .describe('with via: proxy, the HAProxy backend whose servers are named like the nodes of keystones'),
    otherBackends: z.array(name).optional().meta({
      description: 'with via: proxy, backends with the same servers: of other interfaces, and of Horizon',
      default: [],
    }),
    frontBackends: z.array(name).optional().meta({
      description: 'with via: proxy, backends of a layer in front, whose servers are named like the regions',
      default: [],
    }),
    backups: z.array(name).optional().meta({
      description: 'with via: proxy, regions whose Keystones stand by, in the order in which HAProxy uses them',
      default: [],
    }),
    layout: z
      .enum(['debian', 'redhat', 'kolla'])
      .optional()
      .meta({ description: 'with via: config, whose paths and units the services have', default: 'debian' }),
    services: z
      .array(z.enum(SERVICE_NAMES))
      .min(1)
      .optional()
      .describe('with via: config, the services whose files are edited'),
    nodes: z
      .array(name)
      .min(1)
      .optional()
      .describe(
        'with via: config, the nodes that run them, in the order in which they are changed: those with APIs first',
      ),
    nodeTimeout: duration
      .optional()
      .describe('with via: config, how long one node may work on it; 2m if it is left out'),
    keystones: z
      .record(
        name,
        z.strictObject({
          url: url.describe("Keystone's URL of that region, which observers try"),
          nodes: z.array(name).min(1).describe('nodes that run Keystone there'),
        }),
      )
      .describe('per region: where its Keystone is'),
    observers: z.array(name).min(1).describe('nodes of this region whose word counts; a majority must agree'),
    probe: z
      .strictObject({
        every: duration.prefault('2s').describe('how often an observer tries the home Keystone'),
        timeout: duration.prefault('2s').describe('how long one try may take'),
      })
      .prefault({}),
    isolateAfter: duration
      .prefault('60s')
      .describe('how long a majority must have failed before the region is isolated'),
    returnAfter: duration.prefault('60s').describe('how long a majority must have been ok before the region returns'),
    cooldown: duration
      .prefault('5m')
      .describe('how long a region that was isolated stays so at least, however often home comes and goes'),
    maxLag: duration
      .prefault('10s')
      .describe("how old the data of the region's own replicas may be; beyond it is told, and stops no switch"),
    returning: promotion.default('automatic').describe('manual: the region returns only when an operator says so'),
    emptyCaches: z
      .boolean()
      .default(true)
      .describe("empty Keystone's memcached after a return, and after a promotion that may have lost writes"),
  })
  .superRefine(fitsItsWay);

const WAYS = {
  proxy: { needs: ['backend'], takes: ['otherBackends', 'frontBackends', 'backups'] },
  config: { needs: ['services', 'nodes'], takes: ['layout', 'nodeTimeout'] },
} as const;

/** Each way has fields of its own. */
function fitsItsWay(
  document: { readonly via: keyof typeof WAYS } & Readonly<Record<string, unknown>>,
  context: z.RefinementCtx,
): void {
  const other = document.via === 'proxy' ? 'config' : 'proxy';
  for (const field of WAYS[document.via].needs) {
    if (document[field] === undefined) context.addIssue({ code: 'custom', path: [field], message: 'Missing' });
  }
  for (const field of [...WAYS[other].needs, ...WAYS[other].takes]) {
    const wrong: SchemaCode = other === 'proxy' ? 'ForProxy' : 'ForConfig';
    if (document[field] !== undefined) context.addIssue({ code: 'custom', path: [field], message: wrong });
  }
}

const endpointUrl = z.string(code('Url')).min(1, code('Url'));

export const endpointCatalog = z.strictObject({
  ...head('EndpointCatalog'),
  database: name.describe('DatabaseFailover: the catalogue is written in the region that has its primary'),
  every: duration.prefault('60s').describe('how often the rows are looked at; a change of the policy is seen at once'),
  prune: z
    .boolean()
    .default(false)
    .describe('delete rows of a declared service and region whose interface is not declared'),
  services: z
    .array(
      z.strictObject({
        type: name.describe('type of the service in Keystone, for example identity'),
        name: name.exactOptional().describe('name of the service; may be left out if there is one of its type'),
        endpoints: z
          .record(
            name,
            z.strictObject({
              public: endpointUrl.exactOptional().describe('URL for users'),
              internal: endpointUrl.exactOptional().describe('URL for the services among each other'),
              admin: endpointUrl.exactOptional().describe('URL for administrators'),
            }),
          )
          .describe('per region: where the service is'),
      }),
    )
    .min(1)
    .describe('rows that must be there; of other services and regions nothing is touched'),
});

export const kinds = {
  VirtualAddress: virtualAddress,
  DatabaseFailover: databaseFailover,
  IdentityRoute: identityRoute,
  EndpointCatalog: endpointCatalog,
  FernetKeys: fernetKeys,
} as const;

export type KindName = keyof typeof kinds;

/** A document that fits its schema; durations are milliseconds already. */
export type PolicyDocument = { readonly [K in KindName]: z.output<(typeof kinds)[K]> }[KindName];

/** A document as it is written, with durations as text. */
export type WrittenDocument = { readonly [K in KindName]: z.input<(typeof kinds)[K]> }[KindName];
