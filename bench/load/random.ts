/** Random numbers that are the same in every run, and Zipf's law: what the hundredth most common thing is to the first. */

export type Random = () => number;

/** mulberry32: uniform in [0, 1). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const tables = new Map<string, Float64Array>();

/** Running sums of 1 / (k + 1) ** exponent; thousands of hosts share one. */
function cumulativeWeights(size: number, exponent: number): Float64Array {
  const name = `${size}/${exponent}`;
  let table = tables.get(name);
  if (table === undefined) {
    let sum = 0;
    table = Float64Array.from({ length: size }, (_, k) => (sum += 1 / (k + 1) ** exponent));
    tables.set(name, table);
  }
  return table;
}

/** Draws from 0 … size-1, number k with a probability proportional to 1 / (k + 1) ** exponent. */
export function zipf(size: number, exponent: number, random: Random): () => number {
  const cumulative = cumulativeWeights(size, exponent);
  return () => {
    const wanted = random() * cumulative[size - 1]!;
    let low = 0;
    let high = size - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
