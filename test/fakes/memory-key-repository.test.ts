/** The key repository in memory keeps the contract of the real one. */
import test from 'ava';
import { type KeyRepositoryWorld, keyRepositoryContract } from '../contract/key-repository-contract.ts';
import { MemoryKeyDirectory, MemoryKeyRepository } from './memory-key-repository.ts';

class MemoryWorld implements KeyRepositoryWorld {
  readonly #directory = new MemoryKeyDirectory();

  repository({ isGranted = true } = {}) {
    return new MemoryKeyRepository({ directory: this.#directory, isGranted });
  }

  async put({ index, key }: Parameters<KeyRepositoryWorld['put']>[0]) {
    this.#directory.put(index, key);
  }

  async spoil(how: 'gone' | 'open' | 'foreign') {
    this.#directory.trouble = ({ gone: 'Missing', open: 'Unsafe', foreign: 'Foreign' } as const)[how];
  }

  async interrupt() {
    this.#directory.isMarked = true;
  }

  async stop() {}
}

keyRepositoryContract(test, async () => new MemoryWorld());
