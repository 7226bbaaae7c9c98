/** Probes by what they were made from: one that is wanted again is the same object, and goes on undisturbed. */
import type { Probe } from '../../probe/probe.ts';

export class ProbeCache {
  readonly #probes = new Map<string, Probe>();

  get(key: string, make: () => Probe): Probe {
    const known = this.#probes.get(key);
    if (known !== undefined) return known;
    const probe = make();
    this.#probes.set(key, probe);
    return probe;
  }
}
