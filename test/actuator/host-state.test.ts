import test from 'ava';
import type { CommandResult } from '../../src/actuator/command.ts';
import { hostStops } from '../../src/actuator/host-state.ts';

const says = (stdout: string) => async (): Promise<CommandResult> => ({
  ok: false,
  code: 1,
  stdout,
  stderr: '',
  timedOut: false,
});

test('a host is shutting down only if systemd says so', async (t) => {
  t.true(await hostStops(says('stopping\n')));
  for (const state of ['running', 'degraded', 'starting', '']) t.false(await hostStops(says(state)), state);
});
