import { setTimeout } from 'node:timers/promises';

/** Asks until the answer is not `undefined`, and gives it; after `seconds` fails, saying what was waited for. */
export async function until<T>(
  what: string,
  seconds: number,
  ask: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const end = performance.now() + seconds * 1000;
  for (let last: unknown; ; ) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) throw new Error(`${what}: not within ${seconds} s`, { cause: last });
    await setTimeout(100);
  }
}

/** What is promised, or after `seconds` a failure that says what was waited for. */
export async function within<T>(what: string, seconds: number, promised: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = setTimeout(seconds * 1000, undefined, { signal: over.signal, ref: false }).then(() => {
    throw new Error(`${what}: not within ${seconds} s`);
  });
  late.catch(() => undefined);
  return await Promise.race([promised, late]).finally(() => over.abort());
}
