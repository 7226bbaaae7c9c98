/**
 * Goal: the last line of `npm test` has the promised form and the right sums, and every test file runs in one suite.
 */

import test from 'ava';
import { suiteFiles, suiteOf } from './files.ts';
import { addCounts, countsLine } from './suite.ts';

test('counts of suites add up to one line', (t) => {
  const total = addCounts({ passed: 1, failed: 2, skipped: 3 }, { passed: 10, failed: 20, skipped: 30 });
  t.is(countsLine(total), '11 passed, 22 failed, 33 skipped');
});

test('a file belongs to the suite of what it needs', (t) => {
  const imports: Readonly<Record<string, readonly string[]>> = {
    'test/store/etcd-store.test.ts': ['test/store/harness.ts', 'test/store/contract.ts'],
    'test/store/harness.ts': ['test/store/contract.ts', 'test/bed/lab.ts'],
    'test/store/contract.ts': ['test/store/contract.ts'],
  };
  const importsOf = (file: string) => imports[file] ?? [];
  t.is(suiteOf('test/core/lease.test.ts', importsOf), 'unit');
  t.is(suiteOf('test/store/etcd-store.test.ts', importsOf), 'contract');
  t.is(suiteOf('test/store/contract.ts', importsOf), 'unit');
  t.is(suiteOf('test/simulation/run.test.ts', importsOf), 'simulation');
});

test('this file is found', (t) => {
  t.true(suiteFiles('unit').includes('test/suites/suite.test.ts'));
});
