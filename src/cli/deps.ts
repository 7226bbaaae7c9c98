/**
 * Everything outside of regentctl that its commands use, in one object, so that tests run the commands themselves on
 * memory stores.
 */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Clock, Timers } from '../core/clock.ts';
import { type CatalogLook, lookAtCatalog } from '../runtime/agent/catalog-access.ts';
import { openStores, type Stores } from '../runtime/agent/stores.ts';
import { systemClock, systemTimers } from '../runtime/clock.ts';
import { type ConfigResult, loadConfig } from '../runtime/config.ts';
import type { AgentConfig } from '../runtime/config-schema.ts';

export interface CliDeps {
  /** Writes to stdout. */
  readonly out: (text: string) => void;
  /** Writes to stderr. */
  readonly err: (text: string) => void;
  /** True if stdout is a terminal. */
  readonly isTerminal: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly wallMs: () => number;
  /** @param path a file, or `-` for stdin */
  readonly readText: (path: string) => Promise<string>;
  readonly loadConfig: (path: string) => Promise<ConfigResult>;
  readonly openStores: (config: AgentConfig) => Promise<Stores>;
  /** One look at Keystone's endpoint catalogue by this node's own Keystone. */
  readonly lookAtCatalog: (config: AgentConfig) => Promise<CatalogLook>;
  /** GET of a URL. @returns the body, or undefined if nothing good came within the time */
  readonly fetchText: (url: string, withinMs: number) => Promise<string | undefined>;
  /** Aborted when the operator ends a command that goes on by itself. */
  readonly interrupted: AbortSignal;
}

/** No lease depends on a command: a store that is busy, or far away, is given its time. */
const STORE_WITHIN_MS = 3_000;

/** @param interrupted aborted by SIGINT or SIGTERM */
export function systemDeps(interrupted: AbortSignal): CliDeps {
  const time = { clock: systemClock, timers: systemTimers };
  return {
    out: (line) => void process.stdout.write(line),
    err: (line) => void process.stderr.write(line),
    isTerminal: process.stdout.isTTY === true,
    environment: process.env,
    ...time,
    wallMs: () => Date.now(),
    readText: (path) => (path === '-' ? text(process.stdin) : readFile(path, 'utf8')),
    loadConfig,
    openStores: (config) => openStores(config, { ...time, callTimeoutMs: STORE_WITHIN_MS }),
    lookAtCatalog,
    fetchText,
    interrupted,
  };
}

async function fetchText(url: string, withinMs: number): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(withinMs), redirect: 'error' });
    return response.ok ? await response.text() : undefined;
  } catch {
    return undefined; // The agent is away or answers to nobody but its own node; the caller shows that as unknown.
  }
}
