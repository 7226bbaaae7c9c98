/** The checkers of the lease and election layer, and what each may look at. */
import type { Agent } from '../agent.ts';
import type { World } from '../world.ts';
import { epochsGrow } from './i01-epochs-grow.ts';
import { noStaleWrite } from './i01-no-stale-write.ts';
import { singleHolder } from './i01-single-holder.ts';
import { minorityNeverLeads } from './i03-minority-never-leads.ts';
import { noHop } from './i05-no-hop.ts';
import { converges } from './i10-converges.ts';
import { somebodyLeads } from './i10-somebody-leads.ts';

/** Looks on and says `world.violated`; it changes nothing. */
export interface Checker {
  afterStep?(): void;
  onElected?(agent: Agent, epoch: bigint): void;
  atEnd?(): void;
}

export function makeCheckers(world: World): readonly Checker[] {
  const always = [noStaleWrite, epochsGrow, minorityNeverLeads, converges, somebodyLeads];
  // A store that takes leases away too early breaks what a lease can promise; guarded writes must hold all the same.
  const withHonestStore = world.options.earlyRevocation ? [] : [singleHolder, noHop];
  return [...always, ...withHonestStore].map((make) => make(world));
}
