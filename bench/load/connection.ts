/**
 * One connection to a receiver of submissions, kept open, one request at a time. HTTP by hand: the client of Node takes most of
 * a millisecond of processor for a small request, and the generator shares its processors with what it measures.
 */

import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectSecure, createSecureContext, type SecureContext } from 'node:tls';

/** Where submissions go. */
export interface Receiver {
  /** `http[s]://host:port` */
  readonly url: string;
  /** The certificate (PEM) to trust for https. */
  readonly ca?: string;
}

export interface Answer {
  /** 0 where the connection broke before there was an answer: whether the submission was taken is not known. */
  readonly status: number;
  readonly text: string;
  /** Seconds to wait before the next try, where the server said so. */
  readonly retryAfter: number;
}

const contexts = new Map<string | undefined, SecureContext>();

/** One for all connections: ten thousand would take more memory and time than what they are to measure. */
function trusting(ca: string | undefined): SecureContext {
  const context = contexts.get(ca) ?? createSecureContext(ca === undefined ? {} : { ca });
  contexts.set(ca, context);
  return context;
}

const broken = new Set(['ECONNRESET', 'EPIPE']);

export class Connection {
  readonly #receiver: Receiver;
  readonly #url: URL;
  #socket: Socket | undefined;
  #received = '';
  #asked: PromiseWithResolvers<Answer> | undefined;

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
    this.#url = new URL(receiver.url);
  }

  /** Resolves with the answer, whatever it is; rejects where nobody listens or is trusted. */
  post(path: string, headers: Readonly<Record<string, string>>, body: Buffer): Promise<Answer> {
    this.#asked = Promise.withResolvers();
    this.#received = '';
    this.#socket ??= this.#connect();
    let head = `POST ${path} HTTP/1.1\r\nhost: ${this.#url.host}\r\n`;
    for (const [name, value] of Object.entries(headers)) head += `${name}: ${value}\r\n`;
    this.#socket.write(Buffer.concat([Buffer.from(`${head}\r\n`, 'latin1'), body]));
    return this.#asked.promise;
  }

  close(): void {
    this.#socket?.destroy();
  }

  #connect(): Socket {
    const { hostname: host, port, protocol } = this.#url;
    const to = { host, port: Number(port) };
    const socket =
      protocol === 'https:'
        ? connectSecure({ ...to, secureContext: trusting(this.#receiver.ca) })
        : connectPlain({ ...to, noDelay: true });
    let failure: NodeJS.ErrnoException | undefined;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#take(text));
    socket.on('error', error => {
      failure = error;
    });
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = undefined;
      if (failure === undefined || broken.has(failure.code!))
        this.#asked?.resolve({ status: 0, text: failure?.message ?? 'closed without an answer', retryAfter: 0 });
      else this.#asked?.reject(failure);
    });
    return socket;
  }

  /** Every answer of ours and of the edge says its length. */
  #take(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#received.slice(0, end);
    const body = this.#received.slice(end + 4);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) this.#asked?.reject(new Error(`An answer with a length expected, found: ${head}`));
    if (body.length < Number(length)) return;
    if (/\r\nconnection: *close/i.test(head)) {
      this.#socket?.destroy();
      this.#socket = undefined;
    }
    const retryAfter = Number(/\r\nretry-after: *(\d+)/i.exec(head)?.[1] ?? 0);
    this.#asked?.resolve({ status: Number(head.slice(9, 12)), text: body, retryAfter });
  }
}
