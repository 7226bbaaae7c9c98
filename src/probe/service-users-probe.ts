/**
 * Whether services of this node sign in with a password, by their configuration files. The files hold passwords: nothing but the
 * names of users and sections leaves this file.
 */
import { readFile } from 'node:fs/promises';
import type { Observation } from '../core/observation.ts';
import { passwordLogins, SERVICE_USER_REMEDY } from '../core/service-users.ts';
import type { Probe } from './probe.ts';

export interface ServiceUsersProbeOptions {
  /** Absolute paths; one that is not there belongs to a service that this node does not have. */
  readonly paths: readonly string[];
  readonly region: string;
  readonly everyMs: number;
}

interface FileLook {
  readonly found: readonly string[];
  readonly problem: string | undefined;
}

/** Degraded at the most: a region is not kept from its own Keystone by it. */
export function serviceUsersProbe({ paths, region, everyMs }: ServiceUsersProbeOptions): Probe {
  return {
    name: 'service-users',
    everyMs,
    observe: async (): Promise<Observation> => {
      const looks = await Promise.all(paths.map(look));
      const found = looks.flatMap((each) => each.found);
      const problems = looks.flatMap(({ problem }) => (problem === undefined ? [] : [problem]));
      const facts = { logins: found.length };
      if (found.length > 0) {
        const detail =
          `ServiceUserWrites: ${[...found, ...problems].join('; ')}: cut off, ${region} has a closed database, and ` +
          `such a login may be refused (500), the first one of each day above all; ${SERVICE_USER_REMEDY}`;
        return { health: 'degraded', detail, facts };
      }
      if (problems.length > 0) return { health: 'unknown', detail: problems.join('; '), facts };
      return { health: 'ok', detail: 'no service signs in with a password', facts };
    },
  };
}

async function look(path: string): Promise<FileLook> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (text instanceof Error) {
    if (text.code === 'ENOENT' || text.code === 'ENOTDIR') return { found: [], problem: undefined };
    const remedy = 'let the agent read it, or take it out of api.serviceConfigurations in agent.yaml';
    return { found: [], problem: `${path} cannot be read (${text.code ?? text.name}): ${remedy}` };
  }
  const logins = passwordLogins(text);
  if (logins === undefined) return { found: [], problem: `${path} is not a file that its service could read` };
  return {
    found: logins.map(({ section, username }) => `${username} signs in with a password ([${section}] of ${path})`),
    problem: undefined,
  };
}
