/**
 * Primaries that have lost their lease and stay open by the promises of the other members, as their own agents say: while
 * the global store is away nobody else can. Pure.
 */
import type { AgentStatus } from '../runtime/agent-status.ts';

export interface PromisedLine {
  readonly database: string;
  readonly node: string;
  /** How much longer it may stay open, if the promises are not renewed until then. */
  readonly forSeconds: number;
}

/** @param agents by node */
export function promisedLines(agents: ReadonlyMap<string, AgentStatus>): readonly PromisedLine[] {
  return [...agents].flatMap(([node, { databases }]) =>
    Object.entries(databases)
      .filter(([, { isOpenByPromises }]) => isOpenByPromises)
      .map(([database, { promisedSeconds }]) => ({
        database,
        node,
        forSeconds: Math.round(promisedSeconds * 10) / 10,
      })),
  );
}

export function promisedComplaint({ database, node, forSeconds }: PromisedLine): string {
  return (
    `database ${database}: ${node} has lost its lease and is open by the promises of the other members, ` +
    `for ${forSeconds} s more unless they renew them`
  );
}
