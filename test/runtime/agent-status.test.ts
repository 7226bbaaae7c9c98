import test from 'ava';
import { readAgentStatus } from '../../src/runtime/agent-status.ts';

test('a status comes back, and fields of a newer version do no harm', (t) => {
  const status = {
    node: 'n',
    version: '1',
    databases: {
      keystone: { serverUp: true, readOnly: null, lagSeconds: 2, promisedSeconds: 1.5, isOpenByPromises: true },
    },
  };
  t.deepEqual(readAgentStatus(JSON.stringify({ ...status, newer: 1 })), status);
});

test('an older version says nothing of promises', (t) => {
  const text = '{"node":"n","version":"1","databases":{"k":{"serverUp":true,"readOnly":true,"lagSeconds":null}}}';
  t.like(readAgentStatus(text)?.databases.k, { promisedSeconds: 0, isOpenByPromises: false });
});

test('what is no status is undefined', (t) => {
  for (const text of ['', '<html>', '{}', '{"node":"n","version":"1","databases":{"k":{}}}']) {
    t.is(readAgentStatus(text), undefined, text);
  }
});
