/** Goal: what an export holds is read as it stands there. Method: a piece of what mariadb-binlog of MariaDB 10.11 prints. */

import test from 'ava';
import { insertedKeys } from './exported-rows.ts';

const TEXT = `#261121 17:00:01 server id 13  end_log_pos 871 CRC32 0x3f	Write_rows: table id 31 flags: STMT_END_F
### INSERT INTO \`keystone\`.\`bed_row\`
### SET
###   @1='tail-1'
# Number of rows: 1
### INSERT INTO \`keystone\`.\`revocation_event\`
### SET
###   @1=7
###   @2=NULL
### UPDATE \`keystone\`.\`bed_row\`
### WHERE
###   @1='tail-2'
### SET
###   @1='tail-3'
### INSERT INTO \`keystone\`.\`bed_row\`
### SET
###   @1='tail-4'
`;

test('the rows that were inserted into a table, and no others', (t) => {
  t.deepEqual(insertedKeys(TEXT, 'keystone.bed_row'), ['tail-1', 'tail-4']);
  t.deepEqual(insertedKeys(TEXT, 'keystone.revocation_event'), ['7']);
  t.deepEqual(insertedKeys(TEXT, 'keystone.assignment'), []);
});
