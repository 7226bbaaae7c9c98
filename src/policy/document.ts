/**
 * Between the two forms of a policy: the document that an operator writes (`ttl: 3s`) and the value that the core uses
 * (`ttlMs: 3000`). Both ways are here, so that a field cannot be named differently on the way back. Defaults are those
 * of the schema; a document made from a policy names every field.
 */
import { assertNever } from '../core/assert-never.ts';
import type {
  DatabaseFailover,
  EndpointCatalog,
  FernetKeys,
  IdentityRoute,
  Policy,
  VirtualAddress,
} from '../core/policy.ts';
import { durationText } from './duration.ts';
import { API_VERSION, type PolicyDocument, type WrittenDocument } from './schema.ts';

/** Default of `nodeTimeout`: some services, each with a restart and a minute to answer. */
const NODE_TIMEOUT_MS = 120_000;

export function policyFrom(document: PolicyDocument): Policy {
  switch (document.kind) {
    case 'VirtualAddress': {
      const { apiVersion: _, advertInterval, unfitWhen, fitAgainAfter, ...same } = document;
      return {
        ...same,
        advertIntervalMs: advertInterval,
        unfitWhen: { probes: unfitWhen.probes, failedForMs: unfitWhen.failedFor },
        fitAgainAfterMs: fitAgainAfter,
      };
    }
    case 'DatabaseFailover': {
      const {
        apiVersion: _,
        ttl,
        margin,
        writeProbe,
        withinRegion,
        betweenRegions,
        cooldown,
        hungAfter,
        stepTimeout,
        ...same
      } = document;
      return {
        ...same,
        ttlMs: ttl,
        marginMs: margin,
        writeProbe: { everyMs: writeProbe.every, vetoWithinMs: writeProbe.vetoWithin },
        withinRegion: scopeFrom(withinRegion),
        betweenRegions: scopeFrom(betweenRegions),
        cooldownMs: cooldown,
        hungAfterMs: hungAfter,
        stepTimeoutMs: stepTimeout,
      };
    }
    case 'IdentityRoute': {
      return identityFrom(document);
    }
    case 'EndpointCatalog': {
      const { apiVersion: _, every, ...same } = document;
      return { ...same, everyMs: every };
    }
    case 'FernetKeys': {
      const { apiVersion: _, rotateEvery, tokens, ...same } = document;
      return {
        ...same,
        rotateEveryMs: rotateEvery,
        tokens: { expirationMs: tokens.expiration, allowExpiredWindowMs: tokens.allowExpiredWindow },
      };
    }
    default:
      return assertNever(document);
  }
}

type RouteDocument = Extract<PolicyDocument, { kind: 'IdentityRoute' }>;

/** The schema has seen to it that what a way needs is there. */
function identityFrom(document: RouteDocument): IdentityRoute {
  const { apiVersion: _, via, probe, isolateAfter, returnAfter, cooldown, maxLag, ...rest } = document;
  const {
    backend = '',
    otherBackends = [],
    frontBackends = [],
    backups = [],
    layout = 'debian',
    services = [],
    nodes = [],
    nodeTimeout = NODE_TIMEOUT_MS,
    ...same
  } = rest;
  const base = {
    ...same,
    probe: { everyMs: probe.every, timeoutMs: probe.timeout },
    isolateAfterMs: isolateAfter,
    returnAfterMs: returnAfter,
    cooldownMs: cooldown,
    maxLagMs: maxLag,
  };
  if (via === 'proxy') return { ...base, via, backend, otherBackends, frontBackends, backups };
  return { ...base, via, layout, services, nodes, nodeTimeoutMs: nodeTimeout };
}

/** The document that means this policy, with every default written out. */
export function documentOf(policy: Policy): WrittenDocument {
  switch (policy.kind) {
    case 'VirtualAddress':
      return ofAddress(policy);
    case 'DatabaseFailover':
      return ofDatabase(policy);
    case 'IdentityRoute':
      return ofIdentity(policy);
    case 'EndpointCatalog':
      return ofCatalog(policy);
    case 'FernetKeys':
      return ofKeys(policy);
    default:
      return assertNever(policy);
  }
}

type Scope = DatabaseFailover['withinRegion'];

function scopeFrom(scope: { promote: Scope['promote']; holdDown: number; maxLoss: number }): Scope {
  return { promote: scope.promote, holdDownMs: scope.holdDown, maxLossMs: scope.maxLoss };
}

function scopeText({ promote, holdDownMs, maxLossMs }: Scope) {
  return { promote, holdDown: durationText(holdDownMs), maxLoss: durationText(maxLossMs) };
}

function ofAddress({ kind, name, mode, ...policy }: VirtualAddress): WrittenDocument {
  return {
    apiVersion: API_VERSION,
    kind,
    name,
    mode,
    region: policy.region,
    address: policy.address,
    interface: policy.interface,
    virtualRouterId: policy.virtualRouterId,
    advertInterval: durationText(policy.advertIntervalMs),
    nodes: [...policy.nodes],
    unfitWhen: { probes: [...policy.unfitWhen.probes], failedFor: durationText(policy.unfitWhen.failedForMs) },
    fitAgainAfter: durationText(policy.fitAgainAfterMs),
  };
}

function ofDatabase({ kind, name, mode, ...policy }: DatabaseFailover): WrittenDocument {
  return {
    apiVersion: API_VERSION,
    kind,
    name,
    mode,
    members: policy.members.map((member) => ({ ...member })),
    ttl: durationText(policy.ttlMs),
    margin: durationText(policy.marginMs),
    durability: policy.durability,
    survives: policy.survives,
    ackers: policy.ackers,
    writeProbe: {
      every: durationText(policy.writeProbe.everyMs),
      vetoWithin: durationText(policy.writeProbe.vetoWithinMs),
    },
    withinRegion: scopeText(policy.withinRegion),
    betweenRegions: scopeText(policy.betweenRegions),
    cooldown: durationText(policy.cooldownMs),
    hungAfter: durationText(policy.hungAfterMs),
    stepTimeout: durationText(policy.stepTimeoutMs),
    route: { ...policy.route },
  };
}

function ofIdentity({ kind, name, mode, ...policy }: IdentityRoute): WrittenDocument {
  const keystones = Object.entries(policy.keystones).map(([region, { url, nodes }]) => [
    region,
    { url, nodes: [...nodes] },
  ]);
  return {
    apiVersion: API_VERSION,
    kind,
    name,
    mode,
    region: policy.region,
    via: policy.via,
    database: policy.database,
    ...(policy.via === 'proxy'
      ? {
          backend: policy.backend,
          otherBackends: [...policy.otherBackends],
          frontBackends: [...policy.frontBackends],
          backups: [...policy.backups],
        }
      : {
          layout: policy.layout,
          services: [...policy.services],
          nodes: [...policy.nodes],
          nodeTimeout: durationText(policy.nodeTimeoutMs),
        }),
    keystones: Object.fromEntries(keystones),
    observers: [...policy.observers],
    probe: { every: durationText(policy.probe.everyMs), timeout: durationText(policy.probe.timeoutMs) },
    isolateAfter: durationText(policy.isolateAfterMs),
    returnAfter: durationText(policy.returnAfterMs),
    cooldown: durationText(policy.cooldownMs),
    maxLag: durationText(policy.maxLagMs),
    returning: policy.returning,
  };
}

function ofCatalog({ kind, name, mode, ...policy }: EndpointCatalog): WrittenDocument {
  return {
    apiVersion: API_VERSION,
    kind,
    name,
    mode,
    database: policy.database,
    every: durationText(policy.everyMs),
    prune: policy.prune,
    services: policy.services.map(({ endpoints, ...service }) => ({ ...service, endpoints: { ...endpoints } })),
  };
}

function ofKeys({ kind, name, mode, ...policy }: FernetKeys): WrittenDocument {
  const nodes = Object.entries(policy.nodes).map(([region, names]) => [region, [...names]]);
  return {
    apiVersion: API_VERSION,
    kind,
    name,
    mode,
    repository: policy.repository,
    nodes: Object.fromEntries(nodes),
    rotateEvery: policy.rotateEveryMs === null ? 'manual' : durationText(policy.rotateEveryMs),
    maxActive: policy.maxActive,
    tokens: {
      expiration: durationText(policy.tokens.expirationMs),
      allowExpiredWindow: durationText(policy.tokens.allowExpiredWindowMs),
    },
  };
}
