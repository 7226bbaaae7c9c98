/**
 * Everything that is written into one host before it boots, put together from the concerns that its roles ask for. Pure:
 * same host and secrets, same plan.
 */

import type { Secrets } from '../seed.ts';
import { type Host, regionOf } from '../topology.ts';
import { basePart } from './base.ts';
import { etcdPart } from './etcd.ts';
import type { HostPart } from './file-spec.ts';
import { glancePart } from './glance.ts';
import { haproxyPart } from './haproxy.ts';
import { keepalivedPart } from './keepalived.ts';
import { keystonePart } from './keystone.ts';
import { mariadbPart } from './mariadb.ts';
import { memcachedPart } from './memcached.ts';
import { placementPart } from './placement.ts';

export function hostPlan(host: Host, secrets: Secrets): HostPart {
  const parts: HostPart[] = [basePart(host), etcdPart(host), mariadbPart(host)];
  const region = regionOf(host);
  if (region !== undefined && host.roles.includes('api')) {
    parts.push(memcachedPart(host), keystonePart(host, region, secrets));
    parts.push(placementPart(host, region, secrets), glancePart(host, region, secrets));
  }
  if (region !== undefined && host.roles.includes('proxy')) {
    parts.push(haproxyPart(region), keepalivedPart(host, region));
  }
  return { files: parts.flatMap((part) => part.files), units: parts.flatMap((part) => part.units) };
}
