import test from 'ava';
import { Systemd } from '../../src/runtime/sd-notify.ts';
import { FakeTime } from './fake-time.ts';

function setUp(environment: Record<string, string>, answer = { ok: true, stderr: '' }) {
  const time = new FakeTime();
  const sent: (readonly string[])[] = [];
  const problems: string[] = [];
  const state = { isAlive: true };
  const systemd = new Systemd({
    run: async (argv) => {
      sent.push(argv);
      return answer;
    },
    timers: time,
    environment,
    isAlive: () => state.isAlive,
    onProblem: (detail) => problems.push(detail),
  });
  return { time, sent, problems, state, systemd };
}

const SOCKET = { NOTIFY_SOCKET: '/run/systemd/notify' };
const PREFIX = ['/usr/bin/env', 'NOTIFY_SOCKET=/run/systemd/notify', '/usr/bin/systemd-notify'];

test('outside systemd nothing is run and no timer is set', async (t) => {
  const { time, sent, systemd } = setUp({});
  await systemd.ready('works');
  await systemd.status('leads');
  await systemd.stopping();
  t.deepEqual(sent, []);
  t.is(time.pending, 0);
});

test('ready and stopping are each told once, and a status when it changes', async (t) => {
  const { time, sent, systemd } = setUp(SOCKET);
  await systemd.ready('follows\nnorth');
  await systemd.status('leads');
  await systemd.status('leads');
  await systemd.stopping();
  await systemd.stopping();
  await systemd.status('too late');
  t.deepEqual(sent, [
    [...PREFIX, 'READY=1', 'STATUS=follows north'],
    [...PREFIX, 'STATUS=leads'],
    [...PREFIX, 'STOPPING=1'],
  ]);
  t.is(time.pending, 0);
});

test('with a watchdog a sign of life goes out twice in its time, and none while a loop hangs', async (t) => {
  const { time, sent, state, problems, systemd } = setUp({ ...SOCKET, WATCHDOG_USEC: '60000000' });
  await systemd.ready('works');
  await time.advance(59_999);
  t.deepEqual(sent.slice(1), [[...PREFIX, 'WATCHDOG=1']]);
  state.isAlive = false;
  await time.advance(60_001);
  t.is(sent.length, 2);
  t.is(problems.length, 3);
  await systemd.stopping();
  t.is(time.pending, 0);
});

test('a message that cannot be sent is a problem to be told, never an exception', async (t) => {
  const { problems, systemd } = setUp(SOCKET, { ok: false, stderr: 'no such file' });
  await systemd.ready('works');
  t.regex(problems[0] ?? '', /no such file/);
});
