/** What refusing an order writes: the order goes, and why it went stays until the next one is refused. */
import type { RefusedOrder } from '../../core/database/order.ts';
import { refusedOrderRecord } from '../../store/database-records.ts';
import { databaseOrderKey, databaseRefusedOrderKey } from '../../store/keys.ts';
import type { Operation } from '../../store/store.ts';

export function refuseOperations(database: string, refused: RefusedOrder): readonly Operation[] {
  return [
    { kind: 'delete', key: databaseOrderKey(database) },
    { kind: 'put', key: databaseRefusedOrderKey(database), value: refusedOrderRecord.encode(refused) },
  ];
}
