/** The documentation's table is that of the rows which the system suite measures. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { isolationRows, isolationTable } from './rows.ts';

const DOCUMENTATION = join(import.meta.dirname, '../../../policies/README.md');

test('policies/README.md has the table as it is measured', (t) => {
  t.true(readFileSync(DOCUMENTATION, 'utf8').includes(isolationTable().join('\n')), isolationTable().join('\n'));
});

test('every row is asked under a name of its own', (t) => {
  t.is(new Set(isolationRows.map(({ what }) => what)).size, isolationRows.length);
});
