/**
 * Which name an address was last known by: to the process that asked for it, else to the host's own resolver, which others ask in
 * ways that are not seen (a unix socket). Bounded: the names that were learned first go first.
 */

import type { ByteString } from '../sensor/event.ts';

const most = 8_192;
/** What a resolver learned for somebody else says less and less about a connection of others: an hour. */
const hostMicros = 3_600_000_000;

interface Asker {
  readonly pid: number;
  readonly startTicks: number;
}

export class ResolvedNames {
  readonly #own = new Map<string, ByteString>();
  readonly #host = new Map<ByteString, { readonly name: ByteString; readonly time: number }>();

  /** `forAll`: the process that got the answer is the host's resolver; `time`: microseconds. */
  learn(asker: Asker, forAll: boolean, name: ByteString, addresses: readonly ByteString[], time: number): void {
    for (const address of addresses) {
      put(this.#own, keyOf(asker, address), name);
      if (forAll) put(this.#host, address, { name, time });
    }
  }

  /** '' where nobody asked for a name that has this address. */
  nameOf(asker: Asker, address: ByteString, time: number): ByteString {
    const own = this.#own.get(keyOf(asker, address));
    if (own !== undefined) return own;
    const host = this.#host.get(address);
    return host && Math.abs(time - host.time) <= hostMicros ? host.name : '';
  }
}

const keyOf = ({ pid, startTicks }: Asker, address: ByteString): string => `${pid}:${startTicks}:${address}`;

/** As the newest. */
function put<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > most) for (const oldest of first(map.keys(), most / 8)) map.delete(oldest);
}

/** The first keys, many at once: a map looks at all that were deleted before the first that it still has. */
export function first<K>(keys: Iterable<K>, count: number): K[] {
  const found: K[] = [];
  for (const key of keys) {
    if (found.length >= count) break;
    found.push(key);
  }
  return found;
}
