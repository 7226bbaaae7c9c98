/** `regentctl events`: what regent did and refused to do, and why; from the region's store and the global one. */
import { Command } from 'commander';
import type { ReadEvent } from '../audit/event-json.ts';
import { formatEvent } from '../audit/format.ts';
import type { Severity } from '../core/event.ts';
import type { Store } from '../store/store.ts';
import { paintOf } from './colours.ts';
import { isShown, severityOf, sinceMs } from './event-filter.ts';
import { followTrail, readTrail } from './event-trail.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import type { Run } from './run.ts';
import { CommandFailed, type Session } from './session.ts';

interface EventsOptions {
  readonly follow?: true;
  readonly since?: string;
  readonly severity: string;
  readonly limit: string;
}

const EXAMPLES = `
Examples:
  regentctl events --since 15m
  regentctl events --follow --severity warning
  regentctl events --since 2026-01-31T12:00:00Z --json | jq .name

While a store is away, each node has its own events in events.jsonl below its state directory.`;

export function eventsCommand(run: Run): Command {
  return new Command('events')
    .description('show what regent did and refused to do, and why')
    .option('-f, --follow', 'go on with the events that come, until Ctrl-C')
    .option('-s, --since <duration|time>', 'only events since then: 90s, 1h30m, 2d, 2026-01-31T12:00:00Z')
    .option('--severity <severity>', 'only events at least this severe: info, warning, critical', 'info')
    .option('-n, --limit <count>', 'the newest so many; 0 for all', '100')
    .addHelpText('after', EXAMPLES)
    .action((options: EventsOptions, command: Command) => run(command, (session) => events(session, options)));
}

async function events(session: Session, options: EventsOptions): Promise<ExitCode> {
  const { deps } = session;
  const wanted = parsed(options, deps.wallMs());
  const { regional, global, isOne } = await session.stores();
  const stores: readonly Store[] = isOne || regional === undefined ? [global] : [regional, global];
  const { events: all, away } = await readTrail(stores);
  const matching = all.filter((event) => isShown(event, wanted.fromMs, wanted.atLeast));
  for (const event of wanted.limit === 0 ? matching : matching.slice(-wanted.limit)) show(session, event);
  if (options.follow !== true && away[0] !== undefined) {
    throw new CommandFailed(exitCodes.storeUnreachable, `these are not all events: ${away[0].message}`);
  }
  if (options.follow !== true) return exitCodes.ok;
  const known = all.map((event) => event.id);
  await followTrail(stores, known, deps, {
    onEvent: (event) => {
      if (isShown(event, wanted.fromMs, wanted.atLeast)) show(session, event);
    },
    onAway: (detail) => session.warn(`a store does not answer (${detail}); waiting for it`),
  });
  return exitCodes.ok;
}

/** With `--json` one object a line, so that a pipe can read along. */
function show(session: Session, event: ReadEvent): void {
  session.give(event);
  session.say(formatEvent(event, paintOf(session.colours)));
}

interface Wanted {
  readonly fromMs: number;
  readonly atLeast: Severity;
  readonly limit: number;
}

function parsed({ since, severity, limit }: EventsOptions, wallMs: number): Wanted {
  const fromMs = since === undefined ? 0 : sinceMs(since, wallMs);
  if (fromMs === undefined) {
    throw new CommandFailed(exitCodes.usage, `--since ${since}: write 90s, 1h30m, 2d or 2026-01-31T12:00:00Z`);
  }
  const atLeast = severityOf(severity);
  if (atLeast === undefined) {
    throw new CommandFailed(exitCodes.usage, `--severity ${severity}: write info, warning or critical`);
  }
  if (!/^\d{1,6}$/.test(limit)) throw new CommandFailed(exitCodes.usage, `--limit ${limit}: write a whole number`);
  return { fromMs, atLeast, limit: Number(limit) };
}
