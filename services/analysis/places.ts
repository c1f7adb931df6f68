/**
 * Where the analysis goes on in each partition: at the last message that a checkpoint holds, to see that it is the same one still.
 * Where another stands there, the bus lost messages and gave their offsets again: all that it holds is read then, and what had been
 * analysed is known by its sequence numbers.
 */

import { createHash } from 'node:crypto';
import type { Place } from '../ports/analysis-store.ts';
import { BusBeganAnew, type Delivery, type Message } from '../ports/bus.ts';

export const digestOf = ({ key, headers, value }: Message): string =>
  createHash('sha256')
    .update(JSON.stringify([key, headers]))
    .update(value)
    .digest('hex')
    .slice(0, 32);

export class Places {
  /** To be seen again, per partition. */
  readonly #expected = new Map<number, Place>();
  /** Partitions to be read from their oldest message. */
  readonly #anew = new Set<number>();

  /** The first offset wanted of a partition of which a checkpoint holds all up to `place`. */
  from(partition: number, place: Place | undefined): number | undefined {
    this.#expected.delete(partition);
    if (this.#anew.delete(partition)) return 0;
    if (place?.digest === undefined) return place && place.offset + 1;
    this.#expected.set(partition, place);
    return place.offset;
  }

  /** What is to be analysed of them. Throws `BusBeganAnew`. */
  beyond(deliveries: readonly Delivery[]): readonly Delivery[] {
    return this.#expected.size === 0 ? deliveries : deliveries.filter(delivery => !this.#isPlace(delivery));
  }

  #isPlace(delivery: Delivery): boolean {
    const { partition, offset } = delivery.position;
    const place = this.#expected.get(partition);
    if (place === undefined) return false;
    this.#expected.delete(partition);
    // Before it: the bus ends before it, and is read from its oldest message. Behind it: it is not kept any more, nor is what was before.
    if (offset !== place.offset) return false;
    if (digestOf(delivery) === place.digest) return true;
    this.#anew.add(partition);
    throw new BusBeganAnew(partition);
  }
}
