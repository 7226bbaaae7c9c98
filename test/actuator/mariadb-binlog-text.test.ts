/** What is counted in the text of mariadb-binlog, whatever pieces it comes in. */
import { text } from 'node:stream/consumers';
import test from 'ava';
import { BinlogReader } from '../../src/actuator/mariadb-binlog-text.ts';

const PRINTED = `/*!50530 SET @@SESSION.PSEUDO_SLAVE_MODE=1*/;
# at 256
#261121 14:28:30 server id 101  end_log_pos 285 CRC32 0x844abe93 \tGtid list []
#261121 14:28:32 server id 101  end_log_pos 4787 CRC32 0x4df18842 \tGTID 0-101-21 trans
#Q> INSERT INTO keystone.assignment VALUES ('### UPDATE \`a\`.\`b\`')
### DELETE FROM \`keystone\`.\`assignment\`
### WHERE
###   @1='UserProject'
### INSERT INTO \`keystone\`.\`revocation_event\`
### SET
###   @1=7
COMMIT/*!*/;
#261121 14:28:32 server id 101  end_log_pos 658 CRC32 0xce0e3967 \tGTID 0-101-22 ddl
CREATE TABLE t2 (id int primary key)
#261121 14:28:32 server id 101  end_log_pos 811 CRC32 0x5da2870d \tGTID 0-101-23 trans
### UPDATE \`keystone\`.\`user\`
### UPDATE \`keystone\`.\`user\`
`;

for (const size of [1, 7, 10_000]) {
  test(`transactions, schema changes and rows are counted, in pieces of ${size}`, async (t) => {
    const reader = new BinlogReader({ bytesMax: 10_000 });
    const passed = text(reader);
    for (let at = 0; at < PRINTED.length; at += size) reader.write(PRINTED.slice(at, at + size));
    reader.end();
    t.is(await passed, PRINTED);
    t.deepEqual(reader.tally, {
      gtids: ['0-101-21', '0-101-22', '0-101-23'],
      transactions: 3,
      schemaChanges: 1,
      tables: [
        { table: 'keystone.assignment', inserted: 0, updated: 0, deleted: 1 },
        { table: 'keystone.revocation_event', inserted: 1, updated: 0, deleted: 0 },
        { table: 'keystone.user', inserted: 0, updated: 2, deleted: 0 },
      ],
    });
  });
}

test('more than the bound breaks the stream', async (t) => {
  const reader = new BinlogReader({ bytesMax: 10 });
  reader.write('12345678901');
  await t.throwsAsync(text(reader), { name: 'TooLarge' });
});
