import test from 'ava';
import { type ServerLook, ServerRefused, ServerUnreachable } from '../../src/actuator/database-server.ts';
import { type Health, saysTheSame } from '../../src/core/observation.ts';
import { mariadbProbe } from '../../src/probe/mariadb-probe.ts';
import { look } from './look.ts';

const replica: ServerLook = {
  version: '10.11.6-MariaDB',
  serverId: 2,
  readOnly: true,
  logsReplicated: true,
  appliedPos: '0-1-7',
  binlogPos: '0-1-7',
  binlogState: '0-1-7',
  replication: {
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
  },
  semiSync: { primaryEnabled: false, primaryActive: false, clients: 0, unacknowledged: 0, replicaEnabled: true },
  accounts: { lockable: [], locked: [] },
  followers: 0,
};
const replication = replica.replication as NonNullable<ServerLook['replication']>;
const primary: ServerLook = {
  ...replica,
  readOnly: false,
  replication: null,
  semiSync: { primaryEnabled: true, primaryActive: true, clients: 1, unacknowledged: 0, replicaEnabled: false },
  followers: 3,
};

const probeOf = (answer: () => Promise<ServerLook>, quarantined = false) =>
  mariadbProbe({ server: { look: answer }, everyMs: 1000, timeoutMs: 50, isQuarantined: async () => quarantined });

const judged = test.macro(async (t, seen: ServerLook, health: Health, facts: object) => {
  const observation = await look(probeOf(async () => seen));
  t.is(observation.health, health);
  t.like(observation.facts, facts);
});

test('a primary is ok', judged, primary, 'ok', {
  readOnly: false,
  follows: null,
  receiving: false,
  applying: false,
  waitForAck: true,
  quarantined: false,
});
test('a replica that replicates is ok', judged, replica, 'ok', {
  readOnly: true,
  follows: '192.0.2.13',
  receiving: true,
  applying: true,
  waitForAck: false,
});
const silent = { ...replica, replication: { ...replication, receiving: false } };
test('a replica without its source is degraded', judged, silent, 'degraded', { receiving: false, applying: true });
const stuck = { ...replica, replication: { ...replication, applying: false, applyError: '1062: duplicate' } };
test('a replica that does not apply is degraded', judged, stuck, 'degraded', { receiving: true, applying: false });
test('a closed server without a source is degraded', judged, { ...replica, replication: null }, 'degraded', {
  readOnly: true,
  follows: null,
});

test('what moves while nothing happens makes no new observation', async (t) => {
  const before = await look(probeOf(async () => replica));
  const later: ServerLook = {
    ...replica,
    appliedPos: '0-1-9',
    binlogPos: '0-1-9',
    binlogState: '0-1-9',
    followers: 1,
    replication: { ...replication, receivedPos: '0-1-11', drained: false, lagSeconds: 3 },
  };
  t.true(saysTheSame(before, await look(probeOf(async () => later))));
});

test('a quarantined server is degraded and says so, also while it is down', async (t) => {
  const up = await look(probeOf(async () => replica, true));
  t.deepEqual([up.health, up.facts.quarantined], ['degraded', true]);
  const down = await look(
    probeOf(() => Promise.reject(new ServerUnreachable('refused', { code: 'ECONNREFUSED' })), true),
  );
  t.deepEqual([down.health, down.facts.quarantined], ['failed', true]);
});

const unanswered = test.macro(async (t, error: Error, health: Health) => {
  t.is((await look(probeOf(() => Promise.reject(error)))).health, health);
});
const unreachable = (code: string) => new ServerUnreachable('no', { code });

test('without a socket the server has failed', unanswered, unreachable('ENOENT'), 'failed');
test('with nobody behind its socket the server has failed', unanswered, unreachable('ECONNREFUSED'), 'failed');
test('a server that ends in the middle has failed', unanswered, unreachable('PROTOCOL_CONNECTION_LOST'), 'failed');
test('a socket that may not be used tells nothing', unanswered, unreachable('EACCES'), 'unknown');
test('a refused password tells nothing', unanswered, unreachable('ER_ACCESS_DENIED_ERROR'), 'unknown');
test('a statement without an answer tells nothing', unanswered, unreachable('Timeout'), 'unknown');
const refused = new ServerRefused('too many', { code: 'ER_CON_COUNT_ERROR' });
test('a server that is full tells nothing', unanswered, refused, 'unknown');
const ours = Object.assign(new Error('a defect'), { code: 'ENOENT' });
test('an error of our own tells nothing', unanswered, ours, 'unknown');

test('the whole look is bounded in time', async (t) => {
  const probe = mariadbProbe({
    server: {
      look: (signal) =>
        new Promise((_, reject) => {
          const giveUp = () => reject(new ServerUnreachable('ended', { code: 'Aborted' }));
          const late = setTimeout(() => reject(new Error('never ended')), 60_000);
          signal?.addEventListener('abort', () => {
            clearTimeout(late);
            giveUp();
          });
        }),
    },
    everyMs: 1000,
    timeoutMs: 50,
    isQuarantined: async () => false,
  });
  const { health, detail } = await look(probe);
  t.is(health, 'unknown');
  t.regex(detail, /50 ms/);
});
