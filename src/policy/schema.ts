/**
 * The text form of the policies: one strict object per kind, durations with units, every field described for editors.
 * Only the shape of one document is judged here; how fields fit together and whether names exist is coherence.ts. The
 * messages of this schema are codes, and schema-problems.ts says them in words.
 */
import { z } from 'zod';
import { parseIp, parseNetwork } from '../core/ip-address.ts';
import { DURATION, durationMs } from './duration.ts';

export const API_VERSION = 'regent/v1';

/** The words of this schema for what is wrong; each has its text in schema-problems.ts. */
export type SchemaCode = 'Duration' | 'Rotation' | 'Name' | 'Address' | 'Network' | 'Url' | 'Whole';

const code = (name: SchemaCode): { error: SchemaCode } => ({ error: name });

const duration = z.string(code('Duration')).regex(DURATION, code('Duration')).transform(durationMs);
/** How often keys are rotated, or `manual`, which is null. */
const rotation = z
  .string(code('Rotation'))
  .refine((text) => text === 'manual' || DURATION.test(text), code('Rotation'))
  .transform((text) => (text === 'manual' ? null : durationMs(text)));
/** Goes into file names, store keys and configurations of other programs: nothing that could mean more than a name. */
const name = z.string(code('Name')).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, code('Name'));
const address = z.string(code('Address')).refine((text) => parseIp(text) !== undefined, code('Address'));
const network = z
  .string(code('Network'))
  .refine((text) => text.includes('/') && parseNetwork(text) !== undefined, code('Network'));
/** The kernel's limit for the name of an interface is 15 bytes. */
const interfaceName = z.string(code('Name')).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/, code('Name'));
const whole = (min: number, max: number) => z.int(code('Whole')).min(min, code('Whole')).max(max, code('Whole'));
const url = z.url({ protocol: /^https?$/, ...code('Url') });

const mode = z
  .enum(['enforce', 'observe'])
  .default('enforce')
  .describe('enforce acts; observe decides and explains but does not act');
const promotion = z.enum(['automatic', 'manual']);

const head = <const Kind extends string>(kind: Kind) => ({
  apiVersion: z.literal(API_VERSION).describe('version of the policy language'),
  kind: z.literal(kind),
  name: name.describe('name of the policy; the same as its key in the store'),
  mode,
});

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

export const identityRoute = z.strictObject({
  ...head('IdentityRoute'),
  region: name.describe('region whose services are routed'),
  via: z.literal('proxy').default('proxy').describe("the region's own load balancer is switched"),
  database: name.describe('DatabaseFailover whose primary says which region is home'),
  backend: name.describe('HAProxy backend whose servers are named like the nodes of keystones'),
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
  isolateAfter: duration.prefault('60s').describe('how long a majority must have failed before the region is isolated'),
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
});

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

export const fernetKeys = z.strictObject({
  ...head('FernetKeys'),
  repository: z
    .enum(['fernet', 'credential'])
    .default('fernet')
    .describe("which of Keystone's key repositories; agent.yaml says where it is on each node"),
  nodes: z
    .record(name, z.array(name).min(1))
    .describe('per region: the nodes that run Keystone; all of them confirm each step'),
  rotateEvery: rotation
    .prefault('manual')
    .describe('for how long a key is the primary; manual waits for regentctl keys rotate'),
  maxActive: whole(3, 100).default(5).describe('how many keys there are at rest: staged, primary and secondaries'),
  tokens: z
    .strictObject({
      expiration: duration.prefault('1h').describe("Keystone's [token] expiration"),
      allowExpiredWindow: duration.prefault('48h').describe("Keystone's [token] allow_expired_window"),
    })
    .prefault({})
    .describe('for how long a token may be validated; a key is kept for so long after it was the primary'),
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
