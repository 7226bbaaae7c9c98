/**
 * What the person who watches sees: what is done, how long it has taken so far, each check as it is made, what was measured
 * against the bound, and a table at the end. Colours and the live line only on a terminal; elsewhere one line per event.
 */

import picocolors from 'picocolors';
import type { ReportOf } from './report.ts';
import type { Check, Scenario } from './scenario.ts';

const LIVE_MS = 1_000;

export interface ScreenOptions {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
}

export class Screen {
  readonly #write: (text: string) => void;
  readonly #isTerminal: boolean;
  readonly #colors: ReturnType<typeof picocolors.createColors>;
  readonly #startedMs = performance.now();
  #sentence = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ScreenOptions) {
    this.#write = options.write;
    this.#isTerminal = options.isTerminal;
    this.#colors = picocolors.createColors(options.isTerminal && process.env.NO_COLOR === undefined);
  }

  /** One line that stays. */
  line(text: string): void {
    this.#clearLive();
    this.#write(`${text}\n`);
  }

  /** What is being done now: a line that counts the seconds on a terminal, a plain line elsewhere. */
  say(sentence: string): void {
    this.stopLive();
    if (!this.#isTerminal) {
      this.line(`  [${this.#elapsed()}] ${sentence}`);
      return;
    }
    this.#sentence = sentence;
    this.#showLive();
    this.#timer = setInterval(() => this.#showLive(), LIVE_MS);
    this.#timer.unref();
  }

  /** Ends the counting line; what it said stays. */
  stopLive(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#sentence === '') return;
    const sentence = this.#sentence;
    this.#sentence = '';
    this.line(this.#colors.dim(`  [${this.#elapsed()}] ${sentence}`));
  }

  begin(scenario: Scenario<string>, heading: string): void {
    this.stopLive();
    this.line(`\n${this.#colors.bold(scenario.name)}${heading}: ${scenario.what}`);
    this.line(`  promised: ${scenario.promise}`);
  }

  check(check: Check): void {
    this.stopLive();
    const mark = check.ok ? this.#colors.green('ok  ') : this.#colors.red('FAIL');
    this.line(`  ${mark} ${check.name}${check.detail === '' ? '' : this.#colors.dim(` (${check.detail})`)}`);
  }

  /** The table of all scenarios; with `control`, a second column of what happens without regent. */
  table(reports: readonly ReportOf<string>[], control?: ReadonlyMap<string, ReportOf<string>>): void {
    this.stopLive();
    this.line('');
    for (const row of tableRows(reports, control)) this.line(row);
  }

  verdict(ok: boolean, sentence: string): void {
    this.stopLive();
    this.line(ok ? this.#colors.green(sentence) : this.#colors.red(sentence));
  }

  #showLive(): void {
    this.#write(`\r\u001b[2K  [${this.#elapsed()}] ${this.#sentence}`);
  }

  #clearLive(): void {
    if (this.#isTerminal && this.#sentence !== '') this.#write('\r\u001b[2K');
  }

  #elapsed(): string {
    return `${((performance.now() - this.#startedMs) / 1000).toFixed(0).padStart(4)} s`;
  }
}

/** The table as lines, without colours. */
export function tableRows(
  reports: readonly ReportOf<string>[],
  control?: ReadonlyMap<string, ReportOf<string>>,
): readonly string[] {
  const head = ['scenario', 'result', 'outage', 'bound', 'lost', 'two writers', ...(control ? ['without regent'] : [])];
  const body = reports.map((each) => [
    each.name,
    each.ok ? 'held' : 'BROKEN',
    seconds(each.outageMs),
    seconds(each.boundMs),
    each.ackedLost === null ? '-' : String(each.ackedLost),
    each.dualWritableMs === null ? '-' : `${each.dualWritableMs} ms`,
    ...(control ? [withoutRegent(control.get(each.name))] : []),
  ]);
  const rows = [head, ...body];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function withoutRegent(report: ReportOf<string> | undefined): string {
  if (report === undefined) return '-';
  if (report.outageMs === null) return 'does not end';
  return `${seconds(report.outageMs)}${report.ok ? '' : ', broken'}`;
}

function seconds(ms: number | null): string {
  return ms === null ? '-' : `${(ms / 1000).toFixed(1)} s`;
}
