/**
 * Where services of OpenStack hold the URL of a Keystone: files, sections and options, and what has to be restarted after
 * a change. Keystone itself has no row: its `public_endpoint` names itself, wherever its clients are sent. Nor have the
 * copies inside guests (Trove's agent, Kubernetes' cloud.conf), which no agent on the control plane can reach: only an
 * address that stays helps those.
 */
import { COMPUTE_ROWS } from './compute-rows.ts';
import { NETWORK_ROWS } from './network-rows.ts';
import { ORCHESTRATION_ROWS } from './orchestration-rows.ts';
import { COMMON_OPTIONS, type KnownOption, type ServiceRow } from './service-row.ts';
import { STORAGE_ROWS } from './storage-rows.ts';
import { TELEMETRY_ROWS } from './telemetry-rows.ts';

/** In an order in which they may be restarted: what others ask comes before those that ask. */
export const SERVICE_ROWS: readonly ServiceRow[] = [
  ...COMPUTE_ROWS.slice(0, 1),
  ...STORAGE_ROWS,
  ...NETWORK_ROWS,
  ...COMPUTE_ROWS.slice(1),
  ...ORCHESTRATION_ROWS,
  ...TELEMETRY_ROWS,
];

/** Names that a policy may list. */
export const SERVICE_NAMES: readonly string[] = SERVICE_ROWS.map(({ service }) => service);

/** The row of a service, undefined for a name that the table does not have. */
export function serviceRow(service: string): ServiceRow | undefined {
  return SERVICE_ROWS.find((row) => row.service === service);
}

/** What the table says of an option, undefined if it does not know it. A row's own word comes before the common one. */
export function knownOption(row: ServiceRow, section: string, option: string): KnownOption | undefined {
  const fits = (known: KnownOption): boolean =>
    known.option === option && (known.section === undefined || known.section === section);
  return row.options.find(fits) ?? COMMON_OPTIONS.find(fits);
}
