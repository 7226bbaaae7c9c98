/**
 * The Keystone of one node: it issues tokens with the primary of its disk and validates with all that is there, as the real one
 * does, and it goes on when its agent is gone. Somebody may take it out of service.
 */
import { printsOf } from '../../../src/actuator/key-repository.ts';
import { type KeySet, primaryOf } from '../../../src/core/keys/key-set.ts';
import { MemoryKeyDirectory } from '../../fakes/memory-key-repository.ts';

export interface Token {
  readonly issuedBy: string;
  readonly fingerprint: string;
  readonly expiresAtMs: number;
}

export class Keystone {
  readonly node: string;
  readonly directory = new MemoryKeyDirectory();
  /** The host is up, and nobody has taken it out of service. */
  isUp = true;
  /** It was built anew, and is put into service when it has its keys. */
  isNew = false;
  /** An operator has put other keys there, which are his to take away. */
  foreign: string | undefined;

  constructor(node: string) {
    this.node = node;
  }

  /** When an operator last changed its keys; what he did is seen at the next look. */
  touchedAtMs = Number.NEGATIVE_INFINITY;
  #known: { readonly version: number; readonly set: KeySet; readonly known: ReadonlySet<string> } | undefined;

  get set(): KeySet {
    return this.#read().set;
  }

  get isServing(): boolean {
    return this.isUp && !this.isNew && this.foreign === undefined && this.set.length > 0;
  }

  issue(nowMs: number, lifetimeMs: number): Token | undefined {
    const primary = primaryOf(this.set);
    if (!this.isServing || primary === undefined) return undefined;
    return { issuedBy: this.node, fingerprint: primary.fingerprint, expiresAtMs: nowMs + lifetimeMs };
  }

  validates({ fingerprint }: Token): boolean {
    return this.#read().known.has(fingerprint);
  }

  #read() {
    const { version } = this.directory;
    if (this.#known?.version === version) return this.#known;
    const set = printsOf(this.directory.keys);
    this.#known = { version, set, known: new Set(set.map((each) => each.fingerprint)) };
    return this.#known;
  }
}
