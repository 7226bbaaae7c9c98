import test from 'ava';
import { createLogger, type LogLevel, logEvent } from '../../src/runtime/logger.ts';
import { keptEvent } from '../audit/events.ts';

function setUp(level: LogLevel = 'info') {
  const lines: Record<string, unknown>[] = [];
  const output = { write: (line: string) => void lines.push(JSON.parse(line)), flush: () => {} };
  return { lines, logger: createLogger({ level, node: 'north-1', region: 'north', output }) };
}

test('a line is JSON with level, time, node, region, the message and its fields', (t) => {
  const { lines, logger } = setUp();
  logger.warn({ store: 'regional' }, 'store away');
  t.like(lines[0], { level: 'warn', node: 'north-1', region: 'north', message: 'store away', store: 'regional' });
  t.regex(String(lines[0]?.time), /^\d{4}-.*Z$/);
});

test('lines below the level are not written', (t) => {
  const { lines, logger } = setUp('warn');
  logger.info({}, 'no');
  logger.error({}, 'yes');
  t.deepEqual(
    lines.map((line) => line.message),
    ['yes'],
  );
});

test('secrets are cut out by the names of their fields, also inside', (t) => {
  const { lines, logger } = setUp();
  logger.info(
    {
      password: 'hunter2',
      api: { token: 'hunter2', deep: { secret: 'hunter2' } },
      headers: { authorization: 'hunter2' },
    },
    'x',
  );
  t.false(JSON.stringify(lines).includes('hunter2'));
});

test('an error is written with its message, stack and cause', (t) => {
  const { lines, logger } = setUp();
  logger.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'x');
  const text = JSON.stringify(lines[0]);
  t.true(text.includes('outer') && text.includes('inner') && text.includes('logger.test.ts'));
});

test('an audit event is one line under its own name, at the level of its severity, with whole revisions', (t) => {
  const { lines, logger } = setUp();
  logEvent(logger, keptEvent({ severity: 'critical', epoch: 9_007_199_254_740_993n }), true);
  logEvent(logger, keptEvent({ severity: 'warning' }), false);
  logEvent(logger, keptEvent({ severity: 'info' }), true);
  t.deepEqual(
    lines.map((line) => line.level),
    ['error', 'warn', 'info'],
  );
  t.like(lines[0], { message: 'vip:node:unfit', isJournaled: true, event: { epoch: '9007199254740993' } });
  t.like(lines[1], { isJournaled: false });
});
