export interface Quartiles {
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
}

export function quartilesOf(values: readonly number[]): Quartiles {
  return { lower: quantile(values, 0.25), median: quantile(values, 0.5), upper: quantile(values, 0.75) };
}

/** Linear between the two values that are next to it; NaN of nothing. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  if (below === undefined || above === undefined) return Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

/** The quartiles of the ratios of values that were measured in the same round. */
export function ratiosOf(values: readonly number[], to: readonly number[]): Quartiles {
  return quartilesOf(values.map((value, round) => value / (to[round] ?? Number.NaN)));
}
