/**
 * The port to Keystone's endpoint catalogue: one look at all of it, and changes of single rows. Whoever implements it asks
 * the node's grants before every change (I9) and passes nothing on that is not a row.
 */
import type { Catalog } from '../core/catalog/rows.ts';
import type { EndpointInterface } from '../core/policy.ts';

/** Why a call did not do what it should; each comes with a sentence that says what to do about it. */
export type CatalogErrorCode =
  /** The node's grants do not let it write the catalogue. */
  | 'NotGranted'
  /** The account's roles do not allow the call. */
  | 'Forbidden'
  /** Keystone does not answer, or answers with an error of its own. */
  | 'Unavailable'
  /** Keystone answers and could not write: its database is closed. */
  | 'NotWritable'
  /** The row, or what it refers to, is not there any more. */
  | 'Gone'
  /** Keystone did not take it: the row is not valid for it, or is there already. */
  | 'Refused'
  /** The answer is not the whole catalogue, so that nothing can be concluded from it. */
  | 'Incomplete';

export class CatalogError extends Error {
  override readonly name = 'CatalogError';
  readonly code: CatalogErrorCode;

  constructor(code: CatalogErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export interface NewEndpoint {
  readonly serviceId: string;
  readonly interface: EndpointInterface;
  readonly region: string;
  readonly url: string;
}

/** All calls throw `CatalogError`, and nothing else; each ends within the implementation's own time. */
export interface CatalogApi {
  /** Everything, as it stands in the database behind Keystone now. */
  read(signal?: AbortSignal): Promise<Catalog>;
  /** Does nothing if the region is there. */
  createRegion(region: string, signal?: AbortSignal): Promise<void>;
  /** @returns the id of the new row */
  createEndpoint(endpoint: NewEndpoint, signal?: AbortSignal): Promise<string>;
  /** Gives a row this URL and enables it; its id, service, interface and region stay. */
  updateEndpoint(id: string, url: string, signal?: AbortSignal): Promise<void>;
  /** Does nothing if the row is gone. */
  deleteEndpoint(id: string, signal?: AbortSignal): Promise<void>;
}
