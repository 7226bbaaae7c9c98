import test from 'ava';
import { readAgentStatus } from '../../src/runtime/agent-status.ts';

test('a status comes back, and fields of a newer version do no harm', (t) => {
  const status = {
    node: 'n',
    version: '1',
    databases: { keystone: { serverUp: true, readOnly: null, lagSeconds: 2 } },
  };
  t.deepEqual(readAgentStatus(JSON.stringify({ ...status, newer: 1 })), status);
});

test('what is no status is undefined', (t) => {
  for (const text of ['', '<html>', '{}', '{"node":"n","version":"1","databases":{"k":{}}}']) {
    t.is(readAgentStatus(text), undefined, text);
  }
});
