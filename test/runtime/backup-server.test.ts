/** A copy goes over mutual TLS to whom it is for, whole or not at all, and stops when it must not go on. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import { BackupClient } from '../../src/runtime/backup-client.ts';
import { type BackupOffer, BackupServer } from '../../src/runtime/backup-server.ts';
import { systemTimers } from '../../src/runtime/clock.ts';
import type { PeerTls } from '../../src/runtime/peer-tls.ts';
import { Lab } from '../bed/lab.ts';

/** Two authorities; `node` and `stranger` are of the first one, with different addresses, `forged` is of the other. */
const CERTIFICATES = `
set -e
cd /lab
authority() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=$1" -keyout "$1-key.pem" -out "$1.pem" 2>/dev/null; }
certificate() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$1" -keyout "$1-key.pem" -out "$1.csr" 2>/dev/null
  printf 'subjectAltName=IP:%s\\n' "$3" >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2-key.pem" -CAcreateserial -days 2 -extfile "$1.ext" -out "$1.pem" 2>/dev/null
}
authority ca; authority other
certificate node ca 127.0.0.1; certificate stranger ca 192.0.2.9; certificate forged other 127.0.0.1
`;

const tls: Record<string, PeerTls> = {};
test.before(async () => {
  const lab = await Lab.start();
  try {
    await lab.run(['sh', '-c', CERTIFICATES], { timeoutMs: 30_000 });
    const read = (name: string): Promise<Buffer> => readFile(`${lab.directory}/${name}.pem`);
    for (const name of ['node', 'stranger', 'forged'])
      tls[name] = { ca: await read('ca'), certificate: await read(name), key: await read(`${name}-key`) };
  } finally {
    await lab.stop();
  }
});

const never = new AbortController().signal;
const request = { database: 'keystone', node: 'north-3', id: 'o:1' };
const source = { node: 'north-1', region: 'north', address: '127.0.0.1', port: 3306, promote: 'allowed' } as const;
const tlsOf = (name: string): PeerTls => tls[name] ?? { ca: Buffer.of(), certificate: Buffer.of(), key: Buffer.of() };

async function serving(t: ExecutionContext, difference: Partial<BackupOffer> = {}, own = 'node') {
  const asked: unknown[] = [];
  const offer: BackupOffer = {
    whyNot: (wanted, isPeer) => {
      asked.push(wanted);
      return isPeer('127.0.0.1') ? undefined : 'the certificate does not name north-3';
    },
    size: async () => 123,
    stream: async (output) => {
      for (let part = 0; part < 100; part++) output.write(Buffer.alloc(10_000, part));
    },
    ...difference,
  };
  const problems: unknown[] = [];
  const onProblem = (error: unknown) => problems.push(error);
  const server = new BackupServer({
    address: '127.0.0.1',
    port: 0,
    tls: tlsOf(own),
    offer,
    timers: systemTimers,
    onProblem,
  });
  const port = await server.start();
  t.teardown(() => server.stop());
  const client = (name = 'node') => new BackupClient({ tls: tlsOf(name), port });
  return { asked, problems, server, client };
}

test('size and data arrive, for the order that was named', async (t) => {
  const { asked, client } = await serving(t);
  t.is(await client().size(source, request, never), 123);
  t.is((await buffer(await client().open(source, request, never))).length, 1_000_000);
  t.deepEqual(asked[0], request);
});

test('a refusal says why', async (t) => {
  const { client } = await serving(t, { whyNot: () => 'a ballot is open' });
  const error = await t.throwsAsync(client().size(source, request, never), { code: 'BackupUnavailable' });
  t.regex(error?.message ?? '', /north-1 gives no copy: a ballot is open/);
});

test('an order that this node has not seen yet is waited for', async (t) => {
  let asked = 0;
  const whyNot = () => {
    asked += 1;
    return asked < 3 ? 'no such order stands' : undefined;
  };
  const { client } = await serving(t, { whyNot });
  t.is(await client().size(source, request, never), 123);
});

test("another node's certificate is not this node's", async (t) => {
  const { client } = await serving(t);
  await t.throwsAsync(client('stranger').open(source, request, never), { message: /does not name north-3/ });
});

test('a certificate of another authority gets nowhere', async (t) => {
  const { asked, client } = await serving(t);
  await t.throwsAsync(client('forged').open(source, request, never), { code: 'BackupUnavailable' });
  t.deepEqual(asked, []);
});

test('a source whose certificate names another address is not believed', async (t) => {
  const { client } = await serving(t, {}, 'stranger');
  await t.throwsAsync(client().size(source, request, never), { code: 'BackupUnavailable' });
});

test('a backup that fails half-way breaks the stream', async (t) => {
  const { problems, client } = await serving(t, {
    stream: async (output) => {
      output.write(Buffer.alloc(100_000));
      await new Promise((resolve) => setTimeout(resolve, 50));
      throw new Error('the disk is gone');
    },
  });
  const body = await client().open(source, request, never);
  await t.throwsAsync(buffer(body));
  t.regex(String(problems), /the disk is gone/);
});

/** Goes on until it is told to end. */
const endless: Partial<BackupOffer> = {
  stream: async (output, signal) => {
    while (!signal.aborted) {
      output.write('x');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(String(signal.reason));
  },
};

test('a copy ends when it may not go on', async (t) => {
  let why: string | undefined;
  const { problems, client } = await serving(t, { ...endless, whyNot: () => why });
  const body = await client().open(source, request, never);
  body.once('data', () => {
    why = 'a ballot is open';
  });
  await t.throwsAsync(buffer(body));
  t.regex(String(problems), /a ballot is open/);
});

test('one copy at a time, and the next one when the receiver has gone', async (t) => {
  const { client } = await serving(t, endless);
  const body = await client().open(source, request, never);
  await t.throwsAsync(client().open(source, request, never), { message: /another copy is being taken/ });
  t.is(await client().size(source, request, never), 123);
  body.destroy();
  for (let tries = 0; tries < 100; tries++) {
    const next = await client()
      .open(source, request, never)
      .catch(() => undefined);
    if (next !== undefined) {
      next.destroy();
      return t.pass();
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  t.fail('it stays busy');
});

test('what is no copy is refused', async (t) => {
  const { client } = await serving(t);
  await t.throwsAsync(client().open(source, { ...request, database: '', node: '', id: '' }, never), {
    code: 'BackupUnavailable',
  });
});
