/** An authority and certificates of it, made for one test run and valid for a day. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PeerTls } from '../../src/runtime/peer-tls.ts';

const run = promisify(execFile);
const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export class Authority {
  readonly #directory: string;
  #issued = 0;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async create(): Promise<Authority> {
    const directory = await mkdtemp(join(tmpdir(), 'regent-peer-'));
    await openssl(
      directory,
      'req',
      '-x509',
      ...EC,
      '-keyout',
      'ca-key.pem',
      '-out',
      'ca.pem',
      '-subj',
      '/CN=ca',
      '-days',
      '1',
    );
    return new Authority(directory);
  }

  /** @param address - the IP address that the certificate names */
  async issue(subject: string, address: string): Promise<PeerTls> {
    this.#issued += 1;
    // Tests ask for several at once.
    const name = `${subject}-${this.#issued}`;
    const at = (file: string) => join(this.#directory, file);
    await writeFile(at(`${name}.ext`), `subjectAltName=IP:${address}\n`);
    const request = ['-keyout', `${name}-key.pem`, '-out', `${name}.csr`, '-subj', `/CN=${subject}`];
    await openssl(this.#directory, 'req', ...EC, ...request);
    const signing = ['-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-days', '1'];
    const serial = ['-set_serial', String(this.#issued + 1)];
    await openssl(
      this.#directory,
      'x509',
      '-req',
      ...signing,
      ...serial,
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.pem`,
    );
    const [ca, certificate, key] = await Promise.all([
      readFile(at('ca.pem')),
      readFile(at(`${name}.pem`)),
      readFile(at(`${name}-key.pem`)),
    ]);
    return { ca, certificate, key };
  }

  remove(): Promise<void> {
    return rm(this.#directory, { recursive: true });
  }
}

async function openssl(cwd: string, ...argv: readonly string[]): Promise<void> {
  await run('openssl', [...argv], { cwd });
}
