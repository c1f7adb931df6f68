/** One client's stream of server-sent events (WHATWG HTML, 9.2). A client that reads too slowly is told what it missed. */

import type { ServerResponse } from 'node:http';

export interface LiveStream {
  send(event: string, data: unknown): void;
}

/** Bytes that may wait for a client. */
const mostWaiting = 1 << 20;

export interface OpenStream extends LiveStream {
  /** A comment: keeps proxies from closing an idle connection. Ends a stream that has not read since the last one. */
  beat(): void;
  /** Says why, and closes. */
  end(reason: string): void;
}

export function openStream(response: ServerResponse, onDrop: () => void): OpenStream {
  let dropped = 0;
  let lagging = false;
  let laggedBeats = 0;

  function write(event: string, data: unknown): void {
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (response.writableLength <= mostWaiting) return;
    lagging = true;
    response.once('drain', () => {
      lagging = false;
      const missed = dropped;
      dropped = 0;
      if (missed > 0) write('lagging', { dropped: missed });
    });
  }

  return {
    send(event, data) {
      if (response.writableEnded || response.destroyed) return;
      if (lagging) {
        dropped++;
        onDrop();
      } else write(event, data);
    },
    beat() {
      laggedBeats = lagging ? laggedBeats + 1 : 0;
      if (laggedBeats > 3) response.destroy();
      else if (!lagging) response.write(': \n\n');
    },
    end(reason) {
      if (response.writableEnded || response.destroyed) return;
      if (!lagging) write('end', { reason });
      response.end();
      // A client that reads nothing would keep the connection for ever.
      if (lagging) response.destroy();
    },
  };
}
