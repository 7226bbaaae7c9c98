/** Checkers find what is done to a world by hand, where nothing else goes wrong; planted bugs prove the others. */
import test from 'ava';
import type { ModelServer } from '../model-server.ts';
import { type BallotWorld, simulateBallots } from '../world.ts';

const DAMAGE_AT_MS = 9_000;
const SEED = 1;

type Damage = (world: BallotWorld, primary: ModelServer, replica: ModelServer) => void;

const found = test.macro(async (t, invariant: string, damage: Damage | undefined) => {
  const begin = (world: BallotWorld) => {
    const node = world.state()?.primary;
    const servers = world.agents.map(({ server }) => server);
    const primary = servers.find((server) => server.node === node);
    const replica = servers.find((server) => server.node !== node);
    if (primary === undefined || replica === undefined) throw new Error('the world has no primary to damage');
    damage?.(world, primary, replica);
  };
  const { found: violations } = await simulateBallots(SEED, {
    plan: (world) => [
      {
        atMs: DAMAGE_AT_MS,
        fault: { kind: 'damage', targets: ['store'], durationMs: 0, begin: () => begin(world), end: () => {} },
      },
    ],
  });
  const invariants = violations.map((violation) => violation.invariant);
  if (damage === undefined) t.deepEqual(invariants, []);
  else t.true(invariants.includes(invariant), `found ${invariants.join(', ') || 'nothing'}`);
});

test('a world that is left alone violates nothing', found, '', undefined);

test('I1 finds a second server that acknowledges', found, 'I1', (_, primary, replica) => {
  for (const server of [primary, replica]) {
    server.setWaiting(false);
    server.readOnly = false;
  }
});

test('I2 finds a write that was acknowledged and is nowhere', found, 'I2', (world, primary) => {
  world.wrote(primary, 'a ghost', 'ok');
});

test('I3 finds a server that is opened without the key', found, 'I3', (world, _, replica) => {
  world.opened(replica);
});

test('I5 finds a primary that closes without a cause', found, 'I5', (_, primary) => {
  primary.readOnly = true;
});

test('I10 finds a replica that never follows again', found, 'I10', ({ network }, primary, replica) => {
  network.cut(primary.node, replica.node);
});
