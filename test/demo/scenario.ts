/**
 * What a scenario is: a plain object that says what it does, what regent promises for it and how long that may take, and a
 * function that does it. Scenarios know the bed and its clients; they do not know the screen, the report or each other.
 */

import type { ClientOptions, ClientProcess } from './client-process.ts';
import type { DatabaseObserver } from './database-observer.ts';
import type { DirectClient } from './direct-client.ts';
import type { Audit } from './ledger.ts';
import type { RegentView } from './regent-view.ts';
import type { Sample } from './sample.ts';

export const scenarioNames = [
  'healthy',
  'proxy-lost',
  'database-crash',
  'agent-frozen',
  'agent-killed',
  'switchover',
  'rebuild',
  'identity-switch',
  'identity-isolated',
  'key-rotation',
  'endpoint-catalog',
  'identity-files',
  'region-cut',
  'region-lost',
  'blind',
] as const;

export type ScenarioName = (typeof scenarioNames)[number];

export interface Check {
  /** A claim in the present tense. */
  readonly name: string;
  readonly ok: boolean;
  /** What was seen. */
  readonly detail: string;
}

/** What a scenario measured; null where a value makes no sense. */
export interface Figures {
  /** What a client felt, in ms, to compare with the scenario's bound; undefined = it never ended. */
  readonly outageMs: number | null | undefined;
  /** For how long two databases were writable as the scenario counts it, in ms; default: as the observer saw them open. */
  readonly dualWritableMs?: number;
  /** Acknowledgements that the scenario does not promise to keep; default: all are promised. */
  readonly isUnpromised?: (sample: Sample) => boolean;
}

/** What a scenario works with. */
export interface Context {
  readonly signal: AbortSignal;
  /** False in the control run: regent's agents are stopped and nobody repairs anything. */
  readonly isManaged: boolean;
  readonly databases: DatabaseObserver;
  readonly regent: RegentView;
  /** How long a wait for the promised recovery may take in ms: more than the bound, so that a miss is measured. */
  readonly patienceMs: number;
  /** Says what is being done, for the person who watches. */
  readonly say: (sentence: string) => void;
  readonly check: (name: string, ok: boolean, detail: string) => void;
  /** Starts a client and waits until everything that it tries has worked once. */
  readonly client: (options: ClientOptions) => Promise<ClientProcess>;
  /** Starts a client without waiting for a success. */
  readonly clientDuringFault: (options: ClientOptions) => Promise<ClientProcess>;
  /** Starts a client beside a host's database, past the proxies. */
  readonly direct: (host: string) => DirectClient;
  /** Waits until a client's attempts of a kind have recovered from a fault. @returns undefined when patience ends first */
  readonly recovery: (client: ClientProcess, kind: Sample['kind'], faultMs: number) => Promise<number | undefined>;
  /** Compares what a client was told about its writes with what the primary and Keystone have. */
  readonly audit: (samples: readonly Sample[]) => Promise<Audit>;
}

/** Other tables than the demo's have names of their own. */
export interface Scenario<Name extends string = ScenarioName> {
  readonly name: Name;
  /** What is done, in a few words. */
  readonly what: string;
  /** What regent promises for it. */
  readonly promise: string;
  /** The longest outage that keeps the promise, in ms; null where nothing is out. */
  readonly boundMs: number | null;
  /**
   * For how long two databases may be open at once, in ms. Only a host that was frozen for longer than its lease and goes
   * on with nobody left to close it from outside may show any (I1 counts on clocks, not on frozen hosts).
   */
  readonly dualWritableMaxMs: number;
  /** In the control run: `fails` must fail without regent, `either` may, `skip` makes no sense there. */
  readonly control: 'fails' | 'either' | 'skip';
  readonly run: (context: Context) => Promise<Figures>;
}
