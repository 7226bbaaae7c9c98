/**
 * The port that points one node's services at a Keystone by editing their files and restarting what read them. What
 * holds behind it: nothing is written or restarted if nothing differs, nothing outside the grants is touched (I9), and a
 * call that was killed at any step is made up for by the next one (I10).
 */
import type { OptionChange } from '../core/configuration/file-judgement.ts';
import type { Layout } from '../core/configuration/service-row.ts';
import type { RefusalCode } from '../core/event.ts';

export type { Layout } from '../core/configuration/service-row.ts';

/** What the files of this node should say: which Keystone the services of a region use. */
export interface WantedConfiguration {
  /** Of the policy. */
  readonly name: string;
  /** Unit names and paths of a distribution's packages, or Kolla's containers. */
  readonly layout: Layout;
  /** Names of services of the table, e.g. `placement`, in the order in which they are restarted. One that this node does not have is passed over. */
  readonly services: readonly string[];
  /** Base URLs of every declared Keystone, e.g. `http://203.0.113.10:5000`; without the `/v3`. */
  readonly from: readonly string[];
  /** Base URL of the one to be used. */
  readonly to: string;
}

/** What was done for one service. */
export interface ServiceOutcome {
  readonly service: string;
  /** Paths that were written. */
  readonly files: readonly string[];
  /** Units or containers that were restarted, in this order. */
  readonly units: readonly string[];
  /** Sentences about what still names another Keystone, or could not be judged, and was left alone. */
  readonly leftover: readonly string[];
}

export type ConfigurationOutcome =
  | {
      readonly ok: true;
      readonly changed: boolean;
      readonly detail: string;
      /** Only services that this node has. */
      readonly services: readonly ServiceOutcome[];
      /** Paths that somebody overwrote since regent last put them right, and that were put right again. */
      readonly drift: readonly string[];
    }
  | {
      readonly ok: false;
      /** `Failed`: what was done for the service was undone, or could not be; `detail` says which. */
      readonly refusal: RefusalCode | 'Failed';
      readonly detail: string;
    };

export interface FilePlan {
  readonly path: string;
  readonly changes: readonly OptionChange[];
  /** Why the file as a whole is left alone, undefined for one that is understood. */
  readonly notUnderstood: string | undefined;
  /** Sentences as in `ServiceOutcome`. */
  readonly leftover: readonly string[];
  /** Somebody overwrote it since regent last put it right. */
  readonly isDrift: boolean;
}

export interface ServicePlan {
  readonly service: string;
  readonly files: readonly FilePlan[];
  /** Units or containers that run on this node and would be restarted, in this order. */
  readonly units: readonly string[];
}

export interface ConfigurationPlan {
  /** Only services that this node has. */
  readonly services: readonly ServicePlan[];
  /** Lines that are missing in the grants file, e.g. `files: /etc/nova/nova.conf`. */
  readonly notGranted: readonly string[];
  /** What regent cannot drive on this node as it is deployed, each with its remedy. */
  readonly obstacles: readonly string[];
}

/**
 * Asks a service for something that needs a validated token.
 * @returns undefined when it answered as it should, else a sentence
 */
export type VerifyService = (service: string, signal: AbortSignal) => Promise<string | undefined>;

/**
 * The reason to abort `apply` with when its time is over: what is half done is undone. Any other reason means that this
 * process ends, and that the next call goes on where it was.
 */
export class TimeIsOver extends Error {
  override readonly name = 'TimeIsOver';
}

export interface ConfigurationActuator {
  /**
   * Puts the files right and restarts what read them, one service after the other; undoes everything of a service that
   * does not pass `verify`, and stops there. Level-triggered: apply it again at any time.
   * @param signal - aborted with `TimeIsOver`, it undoes the service that it is at, which takes time of its own
   */
  apply(wanted: WantedConfiguration, verify: VerifyService, signal: AbortSignal): Promise<ConfigurationOutcome>;
  /** What `apply` would do. Writes nothing. */
  look(wanted: WantedConfiguration, signal: AbortSignal): Promise<ConfigurationPlan>;
}
