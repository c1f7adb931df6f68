/** Many ask for one row each; those who ask while a question is under way share the next one. */

const mostAtOnce = 1_000;

/** `ask` gives what it found by key; who asks for another key gets `undefined`. Where it rejects, so does each who shared it. */
export function sharedQuestion<Key, Row>(
  ask: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Row>>,
): (key: Key) => Promise<Row | undefined> {
  const waiting = new Map<Key, PromiseWithResolvers<Row | undefined>>();
  let asking = false;

  async function askAll(): Promise<void> {
    asking = true;
    // Those who ask in the same turn go together from the first question on.
    await Promise.resolve();
    while (waiting.size > 0) {
      const some = [...waiting].slice(0, mostAtOnce);
      for (const [key] of some) waiting.delete(key);
      try {
        const found = await ask(some.map(([key]) => key));
        for (const [key, { resolve }] of some) resolve(found.get(key));
      } catch (error) {
        for (const [, { reject }] of some) reject(error);
      }
    }
    asking = false;
  }

  return key => {
    const answer = waiting.get(key) ?? Promise.withResolvers<Row | undefined>();
    waiting.set(key, answer);
    if (!asking) void askAll();
    return answer.promise;
  };
}
