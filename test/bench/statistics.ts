/**
 * Sums up repeated measurements. Pure. Medians and percentiles instead of means, because one run that met a busy machine
 * must not move the figure that is compared.
 */

export interface Summary {
  readonly runs: number;
  readonly min: number;
  readonly p10: number;
  readonly median: number;
  readonly p90: number;
  readonly p95: number;
  readonly max: number;
}

/** @throws RangeError when there is nothing to sum up, or a value is not a number */
export function summarize(values: readonly number[]): Summary {
  if (values.length === 0 || values.some((each) => !Number.isFinite(each)))
    throw new RangeError(`nothing can be said about ${values.length} runs: ${values.slice(0, 5).join(', ')}`);
  const sorted = values.toSorted((a, b) => a - b);
  return {
    runs: sorted.length,
    min: quantile(sorted, 0),
    p10: quantile(sorted, 0.1),
    median: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    p95: quantile(sorted, 0.95),
    max: quantile(sorted, 1),
  };
}

/**
 * The value below which a share of the runs lies, interpolated between the two nearest runs.
 *
 * @param sorted - ascending, not empty
 * @param share - 0 to 1
 */
function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}
