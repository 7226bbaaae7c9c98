import test from 'ava';
import { type TickErrorKind, TickTimeout, tickErrorKind } from '../../src/runtime/tick-error.ts';
import { LeaseLost, Malformed, StoreClosed, StoreUnavailable } from '../../src/store/errors.ts';

const coded = (code: string) => Object.assign(new Error('x'), { code });

const means = test.macro({
  exec(t, error: unknown, kind: TickErrorKind) {
    t.is(tickErrorKind(error), kind);
  },
  title: (_given, error, kind) =>
    `${error instanceof Error ? `${error.name} ${'code' in error ? error.code : ''}` : error} means ${kind}`,
});

test(means, new StoreUnavailable('x'), 'store-away');
test(means, new StoreClosed('x'), 'stopped');
test(means, new LeaseLost('7'), 'lease-lost');
test(means, new Malformed('/k', 'broken', 'delete it'), 'malformed');
test(means, new TickTimeout('x'), 'timeout');
test(means, coded('ServerUnreachable'), 'foreign');
test(means, coded('ENOENT'), 'foreign');
test(means, coded('ERR_INVALID_ARG_TYPE'), 'defect');
test(means, new RangeError('x'), 'defect');
test(means, 'a string', 'defect');
