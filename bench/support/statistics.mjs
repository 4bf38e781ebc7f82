// Medians over rounds, quantiles over requests.

/** The value in the middle; NaN of nothing. */
export function median(values) {
  return quantile(values, 0.5);
}

/** The value that a share `q` of the values, 0 to 1, does not exceed; NaN of nothing. */
export function quantile(values, q) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

/** Of several results with the same keys: the median of each number, and the sum of the failures. */
export function medianOf(results) {
  const [first = {}] = results;
  const medians = Object.keys(first).map((key) => [key, median(results.map((result) => result[key]))]);
  const failures = results.reduce((sum, result) => sum + (result.failures ?? 0), 0);
  return { ...Object.fromEntries(medians), failures };
}
