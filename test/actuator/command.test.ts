import { PassThrough, Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import test from 'ava';
import { pipeCommand, runCommand } from '../../src/actuator/command.ts';

const SH = '/bin/sh';

test('a command answers with its exit code and what it said', async (t) => {
  const script = 'echo out; echo err >&2; exit 3';
  const result = await runCommand([SH, '-c', script]);
  t.deepEqual(result, { ok: false, code: 3, stdout: 'out', stderr: 'err', timedOut: false });
  t.like(await runCommand(['/bin/true']), { ok: true, code: 0 });
});

test('a program without an absolute path, or an argument with a NUL, is not run', async (t) => {
  await t.throwsAsync(runCommand(['true']), { instanceOf: TypeError });
  await t.throwsAsync(runCommand([]), { instanceOf: TypeError });
  await t.throwsAsync(runCommand(['/bin/echo', 'a\0b']), { instanceOf: TypeError });
});

test('a program that does not exist is a failure that says so', async (t) => {
  const result = await runCommand(['/nonexistent/program']);
  t.like(result, { ok: false, code: null, timedOut: false });
  t.regex(result.stderr, /ENOENT/);
});

test('arguments reach the program as they are, and no shell reads them', async (t) => {
  const { stdout } = await runCommand(['/bin/echo', '$HOME; `id` *', '> /tmp/x']);
  t.is(stdout, '$HOME; `id` * > /tmp/x');
});

test("nothing of the agent's environment is handed on", async (t) => {
  process.env.REGENT_TEST_SECRET = 'x';
  const { stdout } = await runCommand(['/usr/bin/env']);
  delete process.env.REGENT_TEST_SECRET;
  t.deepEqual(
    stdout
      .split('\n')
      .map((line) => line.split('=')[0])
      .sort(),
    ['LC_ALL', 'PATH'],
  );
});

test('a command that ignores SIGTERM is killed when its time is up', async (t) => {
  const result = await runCommand([SH, '-c', 'trap "" TERM; while :; do sleep 0.1; done'], { timeoutMs: 50 });
  t.like(result, { ok: false, timedOut: true });
});

test('a command ends with its signal', async (t) => {
  const abort = new AbortController();
  const running = runCommand(['/bin/sleep', '20'], { signal: abort.signal });
  abort.abort();
  t.like(await running, { ok: false, timedOut: false });
});

test('a secret shows in no output and no error', async (t) => {
  const secrets = ['s3cret'];
  const said = await runCommand([SH, '-c', 'cat; cat >&2 </dev/null; echo s3cret >&2; exit 1'], {
    input: 's3cret',
    secrets,
  });
  t.is(said.stdout, '[secret]');
  t.is(said.stderr, '[secret]');
  const failed = await runCommand(['/nonexistent/program', 's3cret'], { secrets });
  t.false(failed.stderr.includes('s3cret'));
});

test('a program that prints without end is stopped', async (t) => {
  const result = await runCommand(['/usr/bin/yes'], { timeoutMs: 20_000 });
  t.false(result.ok);
  t.false(result.timedOut);
});

test('streams go through a program in both directions, and the caller ends the output', async (t) => {
  const output = new PassThrough();
  const read = text(output);
  const result = await pipeCommand(['/usr/bin/tr', 'a-z', 'A-Z'], {
    timeoutMs: 5_000,
    input: Readable.from(['ab', 'c']),
    output,
  });
  t.like(result, { ok: true, code: 0 });
  t.false(output.writableEnded);
  output.end();
  t.is(await read, 'ABC');
});

test('a program whose output is not wanted any more is ended', async (t) => {
  const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error('full')) });
  const result = await pipeCommand(['/usr/bin/yes'], { timeoutMs: 5_000, output: full });
  t.false(result.ok);
  t.regex(result.stderr, /a stream broke: full/);
});

test('a program whose input breaks off has not succeeded', async (t) => {
  const input = new Readable({ read: () => {} });
  const running = pipeCommand(['/usr/bin/wc', '-c'], { timeoutMs: 5_000, input });
  input.push('half');
  setTimeout(() => input.destroy(new Error('cut off')), 20);
  const result = await running;
  t.false(result.ok);
  t.regex(result.stderr, /cut off/);
});

test('what a piped program says when it fails is kept, and its end is', async (t) => {
  const result = await pipeCommand(['/bin/sh', '-c', 'seq 1 5000 >&2; echo the reason >&2; exit 3'], {
    timeoutMs: 5_000,
  });
  t.like(result, { ok: false, code: 3 });
  t.true(result.stderr.endsWith('the reason'));
  t.true(result.stderr.length < 5_000);
});
