/** What is told of endpoints, gathered: the newest of each, one write a second. */

import type { EndpointId } from '../../domain/events/ids.ts';
import type { ConnectionConfig } from './connection.ts';

const writeEveryMs = 1_000;

/** `newest` makes one of two of the same endpoint. `onError` hears of a write that failed; it is tried again with the next. */
export function gather<Told extends { readonly endpoint: EndpointId }>(
  write: (told: readonly Told[]) => Promise<void>,
  newest: (told: Told, before: Told) => Told,
  onError: ConnectionConfig['onError'],
) {
  let waiting = new Map<EndpointId, Told>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.size === 0) return writing;
    const told = [...waiting.values()];
    waiting = new Map();
    writing = writing
      .then(() => write(told))
      .catch(error => {
        onError?.(error as Error);
        // Told again with the next write, unless something newer came meanwhile.
        for (const each of told) if (!waiting.has(each.endpoint)) waiting.set(each.endpoint, each);
      });
    return writing;
  }

  return {
    /** Resolves when what was told so far is written, or could not be. */
    settled: flush,
    add(told: Told) {
      const before = waiting.get(told.endpoint);
      waiting.set(told.endpoint, before === undefined ? told : newest(told, before));
      timer ??= setTimeout(() => void flush(), writeEveryMs);
    },
    async close() {
      await writing;
      await flush();
      clearTimeout(timer);
    },
  };
}
