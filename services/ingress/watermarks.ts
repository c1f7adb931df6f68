/**
 * The last sequence number that the bus holds of each stream. A batch at or below it is a duplicate: an agent that did not
 * hear our answer sends again. The file is written now and then, so after a crash a duplicate may pass; archive and
 * analysis notice it themselves.
 */

import { open, readFile, rename } from 'node:fs/promises';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { EndpointId, StreamId } from '../domain/events/ids.ts';

/** Streams remembered for one endpoint (an agent begins a new one only when it has lost its spool), and in all. */
const capacity = { perEndpoint: 16, endpoints: 200_000 };

const fileSchema = z.record(z.string(), z.record(z.string(), z.int().nonnegative()));

export class Watermarks {
  #file: string;
  /** Endpoint to its streams, the one that moved last at the end. */
  #endpoints = new Map<string, Map<string, number>>();
  #turns = new Map<string, Promise<unknown>>();
  #changed = false;

  private constructor(file: string) {
    this.#file = file;
  }

  /** A missing file is an empty one, and so is one that cannot be read as what `save` wrote; that is said, and it is kept aside. */
  static async open(file: string, logger: Logger): Promise<Watermarks> {
    const watermarks = new Watermarks(file);
    const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '{}';
      throw error;
    });
    const kept = fileSchema.safeParse(parseJson(text));
    if (!kept.success) {
      logger.warn(
        { file },
        'The watermarks of the streams are damaged; duplicates that come now are noticed by archive and analysis',
      );
      await rename(file, `${file}.damaged`);
      return watermarks;
    }
    for (const [endpoint, streams] of Object.entries(kept.data)) {
      watermarks.#endpoints.set(endpoint, new Map(Object.entries(streams)));
    }
    return watermarks;
  }

  /** Whether the bus holds everything up to and with sequence number `last`. */
  covers(endpoint: EndpointId, stream: StreamId, last: number): boolean {
    const watermark = this.#endpoints.get(endpoint)?.get(stream);
    return watermark !== undefined && watermark >= last;
  }

  raise(endpoint: EndpointId, stream: StreamId, last: number): void {
    const streams = this.#endpoints.get(endpoint) ?? new Map<string, number>();
    const watermark = Math.max(streams.get(stream) ?? 0, last);
    this.#endpoints.delete(endpoint);
    streams.delete(stream);
    streams.set(stream, watermark);
    this.#endpoints.set(endpoint, streams);
    dropFirst(streams, capacity.perEndpoint);
    dropFirst(this.#endpoints, capacity.endpoints);
    this.#changed = true;
  }

  /**
   * Runs `step` when every earlier step of the stream has ended. Without turns, a batch published while the one before it
   * fails would raise the watermark over that one, and its retry would be taken for a duplicate.
   */
  async inTurn<T>(endpoint: EndpointId, stream: StreamId, step: () => Promise<T>): Promise<T> {
    const key = `${endpoint}/${stream}`;
    const before = this.#turns.get(key);
    const turn = before ? before.then(step, step) : step();
    this.#turns.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    }
  }

  /** Writes the file if anything changed, in one step. */
  async save(): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    try {
      const handle = await open(`${this.#file}.new`, 'w', 0o600);
      try {
        await handle.writeFile(this.#text());
        await handle.datasync();
      } finally {
        await handle.close();
      }
      await rename(`${this.#file}.new`, this.#file);
    } catch (error) {
      this.#changed = true;
      throw error;
    }
  }

  /** JSON, put together as text: objects whose keys are all different take the engine many times as long, and fill its heap. */
  #text(): string {
    const endpoints: string[] = [];
    for (const [endpoint, streams] of this.#endpoints) {
      const moved = Array.from(streams, ([stream, last]) => `${JSON.stringify(stream)}:${last}`);
      endpoints.push(`${JSON.stringify(endpoint)}:{${moved.join()}}`);
    }
    return `{${endpoints.join()}}`;
  }
}

function dropFirst(map: Map<string, unknown>, size: number): void {
  for (const key of map.keys()) {
    if (map.size <= size) return;
    map.delete(key);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
