/**
 * Lengths of time as an operator writes them: a whole number and its unit, `15s`. A bare number is refused, because
 * nobody can tell seconds from milliseconds by looking at it. Pure text, no clock.
 */

/** What a duration looks like, for the schema. */
export const DURATION = /^(0|[1-9]\d{0,8})(ms|s|m|h)$/;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** What people write for the units, and the unit that they mean. */
const MEANT: Readonly<Record<string, string>> = {
  msec: 'ms',
  msecs: 'ms',
  millis: 'ms',
  milliseconds: 'ms',
  sec: 's',
  secs: 's',
  second: 's',
  seconds: 's',
  min: 'm',
  mins: 'm',
  minute: 'm',
  minutes: 'm',
  hr: 'h',
  hour: 'h',
  hours: 'h',
};

const UNITS = 'the units are ms, s, m and h';

/**
 * @param text matches `DURATION`
 * @returns milliseconds
 */
export function durationMs(text: string): number {
  const [, digits = '', unit = ''] = DURATION.exec(text) ?? [];
  return Number(digits) * (UNIT_MS[unit] ?? Number.NaN);
}

/** What people read at a glance: seconds up to two minutes, then minutes and hours if they are whole. */
export function durationText(valueMs: number): string {
  if (valueMs % 1000 !== 0) return `${valueMs}ms`;
  if (valueMs >= 7_200_000 && valueMs % 3_600_000 === 0) return `${valueMs / 3_600_000}h`;
  if (valueMs >= 120_000 && valueMs % 60_000 === 0) return `${valueMs / 60_000}m`;
  return `${valueMs / 1000}s`;
}

/**
 * What is wrong with something that is not a duration, and what to write instead.
 * @param example a duration that would be right in that place
 */
export function durationProblem(
  found: unknown,
  example: string,
): { readonly message: string; readonly remedy: string } {
  const text = String(found);
  if (typeof found === 'number' || /^\d+(\.\d+)?$/.test(text)) {
    return {
      message: `${text} has no unit`,
      remedy: `write the number with its unit, for example ${example}; ${UNITS}`,
    };
  }
  const [, digits, unit] = /^(\d+)\s*([a-zµ]+)$/i.exec(text) ?? [];
  if (digits !== undefined && unit !== undefined) {
    const meant = UNIT_MS[unit.toLowerCase()] === undefined ? MEANT[unit.toLowerCase()] : unit.toLowerCase();
    const remedy = meant === undefined ? `write for example ${example}; ${UNITS}` : `write ${Number(digits)}${meant}`;
    return { message: `${JSON.stringify(unit)} is not a unit of time here`, remedy };
  }
  if (/^\d+\.\d+\s*[a-z]+$/i.test(text)) {
    return {
      message: 'a duration is a whole number with its unit',
      remedy: 'use the next smaller unit, for example 1500ms',
    };
  }
  return {
    message: 'is not a duration',
    remedy: `write a whole number with its unit, for example ${example}; ${UNITS}`,
  };
}
