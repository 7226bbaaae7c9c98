/** The endpoint catalogue in words: what differs, what was done, what was not. */
import type { NewEvent, RefusalCode } from '../event.ts';
import type { Observation } from '../observation.ts';
import type { CatalogChange, CatalogObstacle, Reconciliation } from './reconcile.ts';
import { rowText } from './rows.ts';

/** What differs from the policy, as one clause. */
export function differenceText(change: CatalogChange): string {
  switch (change.kind) {
    case 'create-region':
      return `Keystone has no region ${change.region}`;
    case 'create':
      return `${rowText(change.row)} is missing, declared ${change.row.url}`;
    case 'update': {
      const { row, endpoint } = change;
      if (endpoint.url === row.url) return `${rowText(row)} is not enabled`;
      return `${rowText(row)} is ${endpoint.url}, declared ${row.url}`;
    }
    case 'delete':
      return `${change.type} ${change.endpoint.interface} of ${change.endpoint.region} is ${change.endpoint.url}, not declared`;
  }
}

export const obstacleText = ({ code, message, remedy }: CatalogObstacle): string => `${code}: ${message}: ${remedy}`;

/** Where a change comes from. */
export interface CatalogCause {
  readonly policy: string;
  readonly policyRevision: bigint;
  readonly epoch: bigint;
}

/** The event of a change that Keystone has taken. */
export function changedEvent(change: CatalogChange, { policy, ...origin }: CatalogCause): NewEvent {
  const told = { subject: policy, cause: `the row differed from the policy ${policy}`, ...origin };
  switch (change.kind) {
    case 'create-region':
      return {
        ...told,
        name: 'catalog:region:created',
        message: `region ${change.region} was created`,
        facts: { region: change.region },
      };
    case 'create': {
      const { row } = change;
      const message = `${rowText(row)} was created: ${row.url}`;
      return { ...told, name: 'catalog:row:created', message, facts: rowFacts(row, null, row.url) };
    }
    case 'update': {
      const { row, endpoint } = change;
      const message = `${rowText(row)} went from ${endpoint.url}${endpoint.isEnabled ? '' : ' (not enabled)'} to ${row.url}`;
      const facts = { ...rowFacts(row, endpoint.url, row.url), id: endpoint.id };
      return { ...told, name: 'catalog:row:updated', message, facts };
    }
    case 'delete': {
      const { type, endpoint } = change;
      const row = { type, interface: endpoint.interface, region: endpoint.region ?? '' };
      const message = `${type} ${row.interface} of ${row.region} was deleted: ${endpoint.url}`;
      const facts = { ...rowFacts(row, endpoint.url, null), id: endpoint.id };
      return { ...told, name: 'catalog:row:deleted', message, facts };
    }
  }
}

function rowFacts(
  { type, interface: of, region }: { readonly type: string; readonly interface: string; readonly region: string },
  from: string | null,
  to: string | null,
) {
  return { service: type, interface: of, region, from, to };
}

/**
 * A look that found differences and left them as they are.
 * @param why - the mode or hold that withholds them, or a sentence
 */
export function driftEvent(changes: readonly CatalogChange[], why: string, origin: CatalogCause): NewEvent {
  const { policy, ...rest } = origin;
  return {
    ...rest,
    name: 'catalog:drift:seen',
    subject: policy,
    message: `${changes.length} differences were left as they are: ${changes.map(differenceText).join('; ')}`,
    cause: `the catalogue differs from the policy: ${why}`,
    refusal: why === 'ObserveMode' || why === 'OnHold' ? why : 'PreconditionUnmet',
  };
}

/** Something in the catalogue, or in the way to it, keeps the policy from being put into effect. */
export function catalogRefusal(message: string, code: RefusalCode, { policy, ...origin }: CatalogCause): NewEvent {
  const cause = 'the catalogue was looked at';
  return { ...origin, name: 'catalog:change:refused', subject: policy, message, cause, refusal: code };
}

/** What the keeper of a catalogue says in its region, for `regentctl status` and as a metric. */
export function catalogObservation({ changes, obstacles }: Reconciliation, withheld: string | undefined): Observation {
  const facts = { differences: changes.length, obstacles: obstacles.length };
  const drift =
    changes.length === 0
      ? []
      : [`EndpointDrift: ${changes.map(differenceText).join('; ')}${withheld === undefined ? '' : ` (${withheld})`}`];
  const told = [...drift, ...obstacles.map(obstacleText)];
  if (told.length === 0) return { health: 'ok', detail: 'the catalogue is as declared', facts };
  return { health: 'degraded', detail: told.join('; '), facts };
}
