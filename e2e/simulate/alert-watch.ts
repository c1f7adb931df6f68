/** Waits until the API shows the alert that an attack has to make. */

import { setTimeout } from 'node:timers/promises';

export interface AlertWatch {
  /** Why the API can't be asked, as a sentence that says what to do; `undefined` where it can. */
  obstacle(): Promise<string | undefined>;
  /**
   * Milliseconds from `since` until an alert of one of the detectors, last seen at or after `since`, can be read;
   * `undefined` when there is none after `patience` milliseconds. Rejects where the API refuses us.
   */
  alertAfter(detectors: readonly string[], since: Date, patience: number): Promise<number | undefined>;
}

/** How often the API is asked, milliseconds. */
const pace = 25;

/** `api`: where the API listens, such as http://127.0.0.1:3001. */
export function watchAlerts(api: string, token: string): AlertWatch {
  const ask = (query: string) =>
    fetch(`${api}/api/v1/alerts?${query}&limit=1`, { headers: { authorization: `Bearer ${token}` } });

  async function newest(detector: string): Promise<Date | undefined> {
    const response = await ask(`detector=${encodeURIComponent(detector)}&sort=lastSeen&order=desc`);
    if (!response.ok) throw new Error(`GET ${response.url}: ${response.status} ${await response.text()}`);
    const { items } = (await response.json()) as { items: { lastSeenAt: string }[] };
    return items[0] === undefined ? undefined : new Date(items[0].lastSeenAt);
  }

  return {
    async obstacle() {
      try {
        const response = await ask('');
        if (response.status === 401) return `${api} refuses PICKET_TOKEN: POST /api/v1/login gives another one.`;
        return response.ok ? undefined : `${api} answers ${response.status}: ${await response.text()}`;
      } catch (error) {
        const { cause, message } = error as Error;
        const why = cause instanceof Error ? cause.message : message;
        return `No API answers at ${api} (${why}): start Picket, or say in PICKET_API where it listens.`;
      }
    },

    async alertAfter(detectors, since, patience) {
      for (;;) {
        const seen = await Promise.all(detectors.map(newest));
        const waited = Date.now() - since.getTime();
        if (seen.some(time => time !== undefined && time >= since)) return waited;
        if (waited > patience) return undefined;
        await setTimeout(pace);
      }
    },
  };
}
