/** What a member sees in a steady round, to be changed by what a test is about. */
import type { MemberSnapshot } from '../../../src/core/database/member-snapshot.ts';
import { database, inForce } from '../../core/a-region.ts';
import { NODE, steady } from './a-database.ts';
import { aLook } from './a-server.ts';

export function aSnapshot(difference: Partial<MemberSnapshot> = {}): MemberSnapshot {
  return {
    node: NODE,
    bootId: 'boot-1',
    policy: inForce(database, 5n),
    storeAwayForMs: 0,
    state: steady,
    primary: undefined,
    members: [],
    holdsRights: false,
    promisedForMs: 0,
    ownPromiseForMs: 0,
    primaryHeardAgoMs: undefined,
    receivedStandingMs: 0,
    server: { invocation: 'inv-1', look: aLook },
    answered: undefined,
    order: undefined,
    orderStandingMs: 0,
    hold: undefined,
    stateStandingMs: 0,
    ackersLostForMs: new Map(),
    appliedBy: new Map(),
    commitsWaitForMs: 0,
    writesFailForMs: 0,
    rebuild: undefined,
    notes: {
      highestTerm: 7n,
      startedAgoMs: undefined,
      repointedAgoMs: undefined,
      quarantinedAt: undefined,
      followedTerm: undefined,
    },
    wallMs: 1,
    ...difference,
  };
}
