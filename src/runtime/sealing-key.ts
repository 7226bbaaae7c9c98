/** The key that seals keys for the stores, from the file that agent.yaml names. */
import { KeySeal } from '../actuator/key-seal.ts';
import { readSecret, SecretUnusable } from './secret-file.ts';

/** @throws SecretUnusable if the file cannot be read, is open to others, or holds something else */
export async function readSeal(path: string): Promise<KeySeal> {
  const seal = KeySeal.fromText((await readSecret(path)).reveal());
  if (seal !== undefined) return seal;
  const remedy = 'write one with openssl rand -base64 32, and the same one on every node';
  throw new SecretUnusable(path, 'the file does not hold 32 bytes in base64', remedy);
}
