/** A node's configuration is looked at and changed by one call at a time: whoever comes while another one runs waits for it. */
import type {
  ConfigurationActuator,
  ConfigurationOutcome,
  ConfigurationPlan,
  VerifyService,
  WantedConfiguration,
} from '../../actuator/configuration.ts';

export class OneAtATime implements ConfigurationActuator {
  readonly #actuator: ConfigurationActuator;
  #last: Promise<unknown> = Promise.resolve();
  #changing = 0;

  constructor(actuator: ConfigurationActuator) {
    this.#actuator = actuator;
  }

  /** Files are being changed, or are about to be. */
  get isChanging(): boolean {
    return this.#changing > 0;
  }

  async apply(wanted: WantedConfiguration, verify: VerifyService, signal: AbortSignal): Promise<ConfigurationOutcome> {
    this.#changing += 1;
    try {
      return await this.#next(() => this.#actuator.apply(wanted, verify, signal));
    } finally {
      this.#changing -= 1;
    }
  }

  look(wanted: WantedConfiguration, signal: AbortSignal): Promise<ConfigurationPlan> {
    return this.#next(() => this.#actuator.look(wanted, signal));
  }

  #next<T>(call: () => Promise<T>): Promise<T> {
    const run = this.#last.then(call);
    // Its failure is its caller's; the one after it only waits for its end.
    this.#last = run.catch(() => {});
    return run;
  }
}
