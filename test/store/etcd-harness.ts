/** A real etcd cluster of three behind proxies that can be frozen, as the contract suite wants it. */
import { systemClock, systemTimers } from '../../src/runtime/clock.ts';
import { type EtcdTls, openEtcdStore } from '../../src/store/etcd-store.ts';
import type { Store } from '../../src/store/store.ts';
import { Lab } from '../bed/lab.ts';
import { LabEtcd } from '../bed/lab-etcd.ts';
import type { Forward } from '../bed/lab-forward.ts';
import { eventually, type Harness } from './harness.ts';

export interface EtcdHarness extends Harness {
  readonly cluster: LabEtcd;
  /** The ways of `store` to each member, by index. */
  readonly forwards: readonly Forward[];
  /** A client of its own with ways of its own; the caller closes it. */
  connect(options?: {
    readonly tls?: EtcdTls;
    /** Address of the machine at which the client finds the members. */
    readonly listenOn?: string;
    /** Left out: the defaults that agents use. */
    readonly timing?: { readonly callTimeoutMs: number };
  }): Promise<{ readonly store: Store; readonly forwards: readonly Forward[] }>;
}

const MEMBERS = [0, 1, 2];
/** What the contract promises does not hang on how busy the machine is. */
const PATIENT = { callTimeoutMs: 1_800 };

export async function startEtcdHarness(): Promise<EtcdHarness> {
  const lab = await Lab.start();
  try {
    return await build(lab);
  } catch (error) {
    await lab.stop();
    throw error;
  }
}

async function build(lab: Lab): Promise<EtcdHarness> {
  const cluster = await LabEtcd.start(lab);
  const connect: EtcdHarness['connect'] = async ({ tls = cluster.tls, listenOn = '127.0.0.1', timing = {} } = {}) => {
    const forwards = await Promise.all(MEMBERS.map((index) => lab.forward(cluster.port(index), listenOn)));
    const endpoints = forwards.map((forward) => forward.address);
    const ports = { clock: systemClock, timers: systemTimers };
    return { forwards, store: openEtcdStore({ name: 'regional', endpoints, tls, ...ports, ...timing }) };
  };
  const { store, forwards } = await connect({ timing: PATIENT });
  const { store: other } = await connect({ timing: PATIENT });
  const advance = (durationMs: number) => new Promise<void>((resolve) => setTimeout(resolve, durationMs));
  await eventually(
    { clock: systemClock, advance },
    60_000,
    async () => (await answers(store)) && (await answers(other)),
  );
  return {
    store,
    other,
    cluster,
    forwards,
    connect,
    clock: systemClock,
    timers: systemTimers,
    advance,
    settle: (promise) => promise,
    compact: async () => {
      const { revision } = await store.get('/regent/none');
      await cluster.etcdctl(0, 'compact', revision.toString());
    },
    loseQuorum: async () => {
      await Promise.all([1, 2].map((index) => cluster.member(index).kill()));
    },
    regainQuorum: async () => {
      await Promise.all([1, 2].map((index) => cluster.startMember(index)));
    },
    freeze: (...directions) => {
      for (const forward of forwards) forward.freeze(...directions);
    },
    thaw: () => {
      for (const forward of forwards) forward.thaw();
    },
    stop: async () => {
      await store.close();
      await other.close();
      await lab.stop();
    },
  };
}

function answers(store: Store): Promise<boolean> {
  return store.get('/regent/none').then(
    () => true,
    () => false,
  );
}
