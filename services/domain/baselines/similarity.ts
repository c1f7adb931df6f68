/** Which of many values is most like a given one: values are words and paths, compared part by part. */

/** The `limit` most similar values, best first; ties by their text. */
export function closest(value: string, among: Iterable<string>, limit: number): string[] {
  const parts = split(value);
  const best: { value: string; score: number }[] = [];
  for (const candidate of among) {
    const score = similarity(parts, split(candidate));
    if (best.length === limit && score < best.at(-1)!.score) continue;
    const at = best.findIndex(other => other.score < score || (other.score === score && candidate < other.value));
    best.splice(at < 0 ? best.length : at, 0, { value: candidate, score });
    if (best.length > limit) best.pop();
  }
  return best.map(({ value: usual }) => usual);
}

const split = (value: string): string[] => value.split(/[/ ]/);

/** Parts in common from the front weigh most, then the last part, then the length in common. */
function similarity(a: readonly string[], b: readonly string[]): number {
  let front = 0;
  while (front < a.length && front < b.length && a[front] === b[front]) front++;
  const last = a.at(-1) === b.at(-1) ? 1.5 : 0;
  return front + last - Math.abs(a.length - b.length) * 0.1;
}
