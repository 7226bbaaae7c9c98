/** How old a replica's data are, and what is said when they are too old. */
import test from 'ava';
import type { ReplicationLook } from '../../src/core/database/server-look.ts';
import { replicaAgeProbe } from '../../src/probe/replica-age-probe.ts';
import { look } from './look.ts';

const NOW = 1_700_000_100_000;
const replication: ReplicationLook = {
  account: 'repl',
  sourceHost: '192.0.2.13',
  sourcePort: 3306,
  receiving: true,
  applying: true,
  receivedPos: '0-1-7',
  drained: true,
  applyError: null,
  receiveError: null,
  lagSeconds: 0,
};

interface Server {
  readonly replicates?: Partial<ReplicationLook> | null;
  readonly ageMs?: number | undefined;
  readonly fails?: boolean;
}

const probeOf = ({ replicates = {}, ageMs, fails = false }: Server) =>
  replicaAgeProbe({
    server: {
      look: async () => {
        if (fails) throw new Error('gone away');
        return { replication: replicates === null ? null : { ...replication, ...replicates } };
      },
      readProbe: async () => (ageMs === undefined ? undefined : { atMs: NOW - ageMs, node: 'north-3' }),
    },
    region: 'south',
    policy: 'identity-south',
    maxLagMs: 10_000,
    everyMs: 5_000,
    timeoutMs: 1_000,
    wallMs: () => NOW,
  });

test('data within the limit are ok, to the limit itself', async (t) => {
  t.is((await look(probeOf({ ageMs: 200 }))).health, 'ok');
  t.is((await look(probeOf({ ageMs: 10_000 }))).health, 'ok');
  t.is((await look(probeOf({ ageMs: -500 }))).health, 'ok', 'a clock that is a little ahead');
});

test('data beyond the limit are a diagnosis with their age, also while the server says that it is not behind', async (t) => {
  const { health, detail } = await look(probeOf({ ageMs: 25_400 }));
  t.is(health, 'degraded');
  t.regex(detail, /^ReplicaBehind: its data are 25 s old, more than 10 s \(maxLag of identity-south\)/);
  t.regex(detail, /SHOW ALL SLAVES STATUS/);
});

test('what the server says about the reason is passed on', async (t) => {
  const { detail } = await look(
    probeOf({ ageMs: 60_000, replicates: { receiving: false, receiveError: 'error 1045' } }),
  );
  t.regex(detail, /receives: no, applies: yes/);
  t.regex(detail, /error 1045/);
});

test('a server that follows nobody has no age, and one without a row or an answer is unknown', async (t) => {
  t.is((await look(probeOf({ replicates: null, ageMs: 99_000 }))).health, 'ok');
  t.is((await look(probeOf({ ageMs: undefined }))).health, 'unknown');
  t.is((await look(probeOf({ fails: true }))).health, 'unknown');
});
