/**
 * What an agent tells about itself at `GET /status`, for `regentctl status`: the things that change all the time and
 * therefore are in no store, above all how far each replica is behind. The agent makes it, the command reads it; both
 * use this one shape.
 */
import { z } from 'zod';

const shape = z.object({
  node: z.string(),
  version: z.string(),
  /** By database: the server on this node, as it is right now. */
  databases: z.record(
    z.string(),
    z.object({
      serverUp: z.boolean(),
      /** Null if the server could not be asked. */
      readOnly: z.boolean().nullable(),
      /** Null: not a replica, or the server does not know. */
      lagSeconds: z.number().nullable(),
      /** For how long the promises of the other members would keep this server open without its lease; 0 = not. */
      promisedSeconds: z.number().default(0),
      /** The lease has ended and promises keep the server open. */
      isOpenByPromises: z.boolean().default(false),
    }),
  ),
});

export type AgentStatus = z.infer<typeof shape>;

/** @returns undefined if the text is not the status of an agent that this version understands */
export function readAgentStatus(text: string): AgentStatus | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // Something else answers on that port; the caller shows the lag as unknown.
  }
  const result = shape.safeParse(value);
  return result.success ? result.data : undefined;
}
