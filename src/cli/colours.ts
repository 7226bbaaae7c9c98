/** Colours for the terminal, and none for anything else: pipes, files, NO_COLOR (no-color.org). */
import pico from 'picocolors';
import type { Paint } from '../audit/format.ts';
import type { Severity } from '../core/event.ts';

export interface Colours {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

export function coloursFor(isTerminal: boolean, environment: Readonly<Record<string, string | undefined>>): Colours {
  const isWanted = isTerminal && (environment.NO_COLOR ?? '') === '' && environment.TERM !== 'dumb';
  const { green, red, yellow, bold, dim } = pico.createColors(isWanted);
  return { good: green, bad: red, warning: yellow, strong: bold, faint: dim };
}

/** How an event's line is painted. */
export function paintOf(colours: Colours): Paint {
  const bySeverity: Readonly<Record<Severity, (text: string) => string>> = {
    info: colours.good,
    warning: colours.warning,
    critical: colours.bad,
  };
  return {
    severity: (severity, text) => bySeverity[severity](text),
    name: colours.strong,
    faint: colours.faint,
  };
}
