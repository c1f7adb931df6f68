/** Which member of a group gets which partition: each keeps what it has, as far as the shares stay even. */

export interface Member {
  readonly id: string;
  /** Partitions that it has now. */
  readonly has: readonly number[];
}

/** Shares differ by one partition at most. The same for the same input, in whatever order. */
export function assign(partitions: readonly number[], members: readonly Member[]): Map<string, number[]> {
  const sorted = [...members].sort((a, b) => (a.id < b.id ? -1 : 1));
  const left = new Set(partitions);
  const shares = new Map<string, number[]>(sorted.map(({ id }) => [id, []]));
  const least = Math.floor(partitions.length / sorted.length);
  let larger = partitions.length % sorted.length;
  const keep = (limitOf: () => number) => {
    for (const { id, has } of sorted) {
      const share = shares.get(id)!;
      for (const partition of [...has].sort((a, b) => a - b)) {
        if (share.length >= limitOf() || !left.delete(partition)) continue;
        share.push(partition);
        if (share.length > least) larger--;
      }
    }
  };
  keep(() => least);
  keep(() => (larger > 0 ? least + 1 : least));
  for (const partition of [...left].sort((a, b) => a - b)) {
    const smallest = [...shares.values()].reduce((a, b) => (b.length < a.length ? b : a));
    smallest.push(partition);
  }
  for (const share of shares.values()) share.sort((a, b) => a - b);
  return shares;
}
