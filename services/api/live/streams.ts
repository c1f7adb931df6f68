/** All open streams: how many there may be, their heartbeat, and their end with the session that opened them. */

import type { ServerResponse } from 'node:http';
import type { Session } from '../../ports/accounts.ts';
import type { ControlStore } from '../../ports/control-store.ts';
import type { Metrics } from '../metrics.ts';
import { type Problem, problem } from '../problem.ts';
import { type OpenStream, openStream } from './stream.ts';

const mostStreams = 1_000;
const mostOfOneUser = 20;

export interface Streams {
  /** Room for one more of this user? */
  admit(session: Session): Problem | undefined;
  open(response: ServerResponse, session: Session): OpenStream;
  close(): void;
}

export interface StreamsOptions {
  readonly changes: ControlStore['changes'];
  /** Whether the session is still good; asking is no use of it. */
  readonly isGood: (session: Session) => Promise<boolean>;
  readonly metrics: Metrics;
  readonly heartbeatMs: number;
}

export function liveStreams({ changes, isGood, metrics, heartbeatMs }: StreamsOptions): Streams {
  const open = new Map<OpenStream, Session>();
  const ofUser = (id: string) => [...open].filter(([, session]) => session.user.id === id);

  async function endUnlessGood(streams: readonly (readonly [OpenStream, Session])[]): Promise<void> {
    for (const [stream, session] of streams) {
      // While the store is away nobody can be told to be out: the next look decides.
      if (!(await isGood(session).catch(() => true))) stream.end('session-ended');
    }
  }

  const stopListening = changes.listen('sessions', user => {
    void endUnlessGood(user === undefined ? [...open] : ofUser(user));
  });
  const heartbeat = setInterval(() => {
    for (const stream of open.keys()) stream.beat();
    void endUnlessGood([...open]);
  }, heartbeatMs);

  return {
    admit(session) {
      const full = open.size >= mostStreams || ofUser(session.user.id).length >= mostOfOneUser;
      const detail = `At most ${mostOfOneUser} live streams of one user and ${mostStreams} in all: close some.`;
      return full ? problem(429, 'too-many-streams', detail, { retryAfterSeconds: 10 }) : undefined;
    },
    open(response, session) {
      const stream = openStream(response, () => metrics.streamDrops.inc());
      open.set(stream, session);
      metrics.streams.set(open.size);
      response.once('close', () => {
        open.delete(stream);
        metrics.streams.set(open.size);
      });
      return stream;
    },
    close() {
      clearInterval(heartbeat);
      stopListening();
      for (const stream of open.keys()) stream.end('server-stopping');
    },
  };
}
