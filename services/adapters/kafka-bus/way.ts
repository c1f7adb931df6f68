/**
 * A client's way to its brokers, that can be cut. The client waits for answers, tries requests again inside of tries of what needs
 * them, and takes no word that nobody waits any more: without sockets and without brokers all of that ends at once.
 */

import { randomInt } from 'node:crypto';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';

const keepAliveMillis = 60_000;

export class Way {
  readonly #brokers: readonly string[];
  readonly #sockets = new Set<Socket>();
  #turn: number;
  #cut = false;

  constructor(brokers: readonly string[], turn = randomInt(brokers.length)) {
    this.#brokers = brokers;
    this.#turn = turn;
  }

  /**
   * The one to ask next, as the client's list of brokers: of a list it asks the first one first each time, though that be one which
   * accepts connections and never answers. None once the way is cut: the one failure that it does not try again.
   */
  readonly brokers = (): string[] => (this.#cut ? [] : [this.#brokers[this.#turn++ % this.#brokers.length]!]);

  /** As the client's own. */
  readonly socket: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    if (this.#cut) throw new Error('the way to the brokers is cut');
    const socket = ssl
      ? connectTls({ host, port, ...(!isIP(host) && { servername: host }), ...ssl }, onConnect)
      : connect({ host, port }, onConnect);
    this.#sockets.add(socket.setKeepAlive(true, keepAliveMillis));
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  };

  /** To the same brokers, in their order from here on. */
  another(): Way {
    return new Way(this.#brokers, this.#turn);
  }

  /** Ends every connection, and lets no other begin. */
  cut(): void {
    this.#cut = true;
    // An error, because only that ends the client's requests.
    for (const socket of this.#sockets) socket.destroy(new Error('the way to the brokers was cut'));
  }
}
