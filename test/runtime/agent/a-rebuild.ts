/** What a db agent needs for exports and rebuilds, where a test is about neither. */
import type { LocalRebuild } from '../../../src/runtime/agent/rebuild-part.ts';

const absent = async (): Promise<never> => {
  throw new Error('this test has no such thing');
};

export const noRebuild: LocalRebuild = {
  disk: {
    incoming: '/data.new',
    aside: '/data.old',
    look: async () => ({ data: 'own', incoming: 'none', aside: false }),
    free: absent,
    used: absent,
    makeIncoming: absent,
    mark: absent,
    discardIncoming: absent,
    swap: absent,
    swapBack: absent,
    adopt: absent,
    discardOld: absent,
  },
  tools: { unpack: absent, prepare: absent, setPosition: absent, invocation: absent, start: absent, stop: absent },
  giving: undefined,
  backups: { size: absent, open: absent },
  listen: { address: '127.0.0.1', port: 0, tls: { ca: Buffer.of(), certificate: Buffer.of(), key: Buffer.of() } },
  exportsTo: () => ({ find: absent, run: absent }),
};
