/** The value that a share `q` of the numbers does not exceed (nearest rank); `null` where there are none. */
export function quantile(numbers: readonly number[], q: number): number | null {
  if (numbers.length === 0) return null;
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]!;
}
