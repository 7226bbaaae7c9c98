/**
 * Goal: whenever the agent dies, the next call converges (I10). Method: the actuator is stopped dead before each of its
 * steps in turn, a write, a restart or a check, without a chance to clean up; then another one goes on from the disk.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { RunCommand } from '../../src/actuator/command.ts';
import { FileConfiguration } from '../../src/actuator/file-configuration.ts';
import { type Grants, grantsOf } from '../../src/core/grants.ts';
import { HOME, OWN, original, wantedOf } from '../contract/configuration-world.ts';
import { PlayedSystemctl } from '../contract/file-configuration-world.ts';

const TEXTS: Readonly<Record<string, string>> = {
  '/etc/placement/placement.conf': original('placement.conf'),
  '/etc/placement/placement.conf.d/10-keystone.conf': `[keystone_authtoken]\r\nauth_url = ${HOME}/v3`,
  '/etc/glance/glance-api.conf': original('glance-api.conf'),
};
const UNITS = ['placement-api.service', 'glance-api.service'];

/** Each of these tests writes some hundred files to disk, with a sync. */
const MANY_WRITES_MS = 600_000;

const always = (): AbortSignal => new AbortController().signal;

/** Counts steps and ends everything before one of them. */
class Steps {
  readonly #last: number;
  taken = 0;

  constructor(last: number) {
    this.#last = last;
  }

  take(): void {
    if (this.taken >= this.#last) throw new Error('killed');
    this.taken += 1;
  }
}

class Node {
  readonly root: string;
  readonly systemctl = new PlayedSystemctl(UNITS);
  readonly grants: Grants;

  constructor(root: string) {
    this.root = root;
    const files = Object.keys(TEXTS).map((path) => join(root, path));
    this.grants = grantsOf({ files, units: UNITS, addresses: [], haproxy: null });
  }

  static async start(t: ExecutionContext): Promise<Node> {
    const node = new Node(await mkdtemp(join(tmpdir(), 'regent-resume-')));
    t.teardown(() => rm(node.root, { recursive: true }));
    for (const [path, text] of Object.entries(TEXTS)) {
      await mkdir(dirname(join(node.root, path)), { recursive: true });
      await writeFile(join(node.root, path), text);
    }
    return node;
  }

  /** Applies until the steps end. @returns whether it got to its end */
  async apply(steps: Steps, to: string, complaint?: string) {
    const run: RunCommand = async (argv, options) => {
      steps.take();
      return this.systemctl.run(argv, options);
    };
    const grants: Grants = {
      ...this.grants,
      mayWrite: (path) => {
        steps.take();
        return this.grants.mayWrite(path);
      },
    };
    const verify = async () => {
      steps.take();
      return complaint;
    };
    return this.actuator(grants, run).apply(wantedOf({ to }), verify, always());
  }

  actuator(grants = this.grants, run = this.systemctl.run): FileConfiguration {
    return new FileConfiguration({ stateDirectory: join(this.root, 'state'), grants, run, root: this.root });
  }

  async texts(): Promise<Readonly<Record<string, string>>> {
    const entries = Object.keys(TEXTS).map(async (path) => [path, await readFile(join(this.root, path), 'utf8')]);
    return Object.fromEntries(await Promise.all(entries));
  }

  /** No file is left behind beside those that were there. */
  async strays(): Promise<readonly string[]> {
    const names = await readdir(join(this.root, 'etc'), { recursive: true });
    return names.filter((name) => name.includes('.regent-'));
  }
}

const moved = Object.fromEntries(
  Object.entries(TEXTS).map(([path, text]) => [path, text.replaceAll(HOME, OWN).replace(`# ${OWN}`, `# ${HOME}`)]),
);

async function stepsOf(t: ExecutionContext, to: string, complaint?: string): Promise<number> {
  const steps = new Steps(Number.POSITIVE_INFINITY);
  await (await Node.start(t)).apply(steps, to, complaint);
  return steps.taken;
}

test('killed before any step of a change, the next call brings it to its end', async (t) => {
  t.timeout(MANY_WRITES_MS);
  const total = await stepsOf(t, OWN);
  t.true(total > 12);
  for (let last = 0; last < total; last++) {
    const node = await Node.start(t);
    t.like(await node.apply(new Steps(last), OWN), { ok: false });
    const before = node.systemctl.restarted();
    t.like(await node.apply(new Steps(Number.POSITIVE_INFINITY), OWN), { ok: true, changed: true });
    t.deepEqual(await node.texts(), moved, `killed before step ${last + 1}`);
    t.deepEqual(new Set([...before, ...node.systemctl.restarted()]), new Set(UNITS), `killed before step ${last + 1}`);
    t.deepEqual(await node.strays(), []);
    t.like(await node.apply(new Steps(Number.POSITIVE_INFINITY), OWN), { ok: true, changed: false });
    t.deepEqual(node.systemctl.restarted(), []);
  }
});

test('killed before any step of a change, the next call can go back instead', async (t) => {
  t.timeout(MANY_WRITES_MS);
  const total = await stepsOf(t, OWN);
  for (let last = 0; last < total; last++) {
    const node = await Node.start(t);
    await node.apply(new Steps(last), OWN);
    t.like(await node.apply(new Steps(Number.POSITIVE_INFINITY), HOME), { ok: true });
    t.deepEqual(await node.texts(), TEXTS, `killed before step ${last + 1}`);
  }
});

test('killed before any step of an undo, the next call undoes it, or brings it to its end', async (t) => {
  t.timeout(MANY_WRITES_MS);
  const total = await stepsOf(t, OWN, '503');
  for (let last = 0; last < total; last++) {
    const [undone, done] = [await Node.start(t), await Node.start(t)];
    for (const node of [undone, done]) await node.apply(new Steps(last), OWN, '503');
    t.like(await undone.apply(new Steps(Number.POSITIVE_INFINITY), OWN, '503'), { ok: false, refusal: 'Failed' });
    t.deepEqual(await undone.texts(), TEXTS, `killed before step ${last + 1}`);
    t.like(await done.apply(new Steps(Number.POSITIVE_INFINITY), OWN), { ok: true, changed: true });
    t.deepEqual(await done.texts(), moved, `killed before step ${last + 1}`);
  }
});

test('killed before any step of putting right what somebody overwrote, the next call puts it right', async (t) => {
  t.timeout(MANY_WRITES_MS);
  const [path = '', text = ''] = Object.entries(TEXTS)[0] ?? [];
  const overwritten = async (): Promise<Node> => {
    const node = await Node.start(t);
    await node.apply(new Steps(Number.POSITIVE_INFINITY), OWN);
    await writeFile(join(node.root, path), text);
    return node;
  };
  const steps = new Steps(Number.POSITIVE_INFINITY);
  await (await overwritten()).apply(steps, OWN);
  for (let last = 0; last < steps.taken; last++) {
    const node = await overwritten();
    await node.apply(new Steps(last), OWN);
    t.like(await node.apply(new Steps(Number.POSITIVE_INFINITY), OWN), { ok: true, changed: true });
    t.deepEqual(await node.texts(), moved, `killed before step ${last + 1}`);
  }
});

test('a half-done service that goes back and does not pass is as it was before all of it', async (t) => {
  const node = await Node.start(t);
  const interrupting = new AbortController();
  const interrupt = async () => {
    interrupting.abort();
    return undefined;
  };
  await node.actuator().apply(wantedOf(), interrupt, interrupting.signal);
  t.notDeepEqual(await node.texts(), TEXTS);
  t.like(await node.apply(new Steps(Number.POSITIVE_INFINITY), HOME, '503'), { ok: false, refusal: 'Failed' });
  t.deepEqual(await node.texts(), TEXTS);
});

test('a service that is half done is finished, although it is not asked for any more', async (t) => {
  const node = await Node.start(t);
  const interrupting = new AbortController();
  const interrupt = async () => {
    interrupting.abort();
    return undefined;
  };
  await node.actuator().apply(wantedOf(), interrupt, interrupting.signal);
  node.systemctl.restarted();
  const outcome = await node.actuator().apply(wantedOf({ services: [] }), async () => undefined, always());
  t.like(outcome, { ok: true, changed: true });
  t.deepEqual(node.systemctl.restarted(), ['placement-api.service']);
});

test('a record that is not understood stops everything', async (t) => {
  const node = await Node.start(t);
  await mkdir(join(node.root, 'state', 'identity-south'), { recursive: true });
  await writeFile(join(node.root, 'state', 'identity-south', 'record.json'), '{"version": 2}');
  t.like(await node.apply(new Steps(Number.POSITIVE_INFINITY), OWN), { ok: false, refusal: 'Failed' });
  t.deepEqual(await node.texts(), TEXTS);
});
