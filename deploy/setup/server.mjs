import { join } from 'node:path';
import { startChild } from './child.mjs';
import { programs } from './steps.mjs';

/**
 * The server as a child, and what is said over its message channel; the other end is services/main/launcher.ts.
 *
 * @typedef {object} Server
 * @property {import('./child.mjs').Child} child
 * @property {Promise<Ready>} ready rejects when the server ends before it is ready
 * @property {(id: string) => Promise<{ known: boolean, revoked: boolean, seen: boolean }>} endpoint
 * @property {(name: string, api: string) => Promise<{ id: string, configuration: string }>} localEndpoint makes the endpoint, or a new key for it
 *
 * @typedef {{ firstAdmin: { email: string, password: string } | null }} Ready
 */

/**
 * @param {import('./options.mjs').Options} options
 * @param {(text: string) => void} onProgress
 * @returns {Server}
 */
export function startServer(options, onProgress) {
  const child = startChild({
    name: 'server',
    command: [join(programs, 'node'), 'services/main/all-in-one.ts'],
    env: {
      ...process.env,
      PATH: `${programs}:${process.env['PATH'] ?? ''}`,
      NODE_ENV: 'production',
      PICKET_DATA: options.data,
    },
    log: join(options.data, 'log', 'server.log'),
    channel: true,
  });
  /** @type {Map<number, (reply: any) => void>} */
  const waiting = new Map();
  let asked = 0;
  /** @type {string | undefined} */
  let reason;

  /** @type {Promise<Ready>} */
  const ready = new Promise((resolve, reject) => {
    child.process.on('message', (/** @type {any} */ message) => {
      if (message.type === 'progress') onProgress(message.text);
      else if (message.type === 'ready') resolve({ firstAdmin: message.firstAdmin });
      else if (message.type === 'failed') reason = message.reason;
      else if (message.type === 'reply') waiting.get(message.id)?.(message);
    });
    child.ended.then(how => reject(new Error(reason ?? how)));
  });

  /**
   * @param {object} question
   * @returns {Promise<any>}
   */
  const ask = question =>
    new Promise((resolve, reject) => {
      const id = ++asked;
      waiting.set(id, reply => {
        waiting.delete(id);
        if (reply.error === undefined) resolve(reply.answer);
        else reject(new Error(reply.error));
      });
      child.process.send({ id, ...question });
      child.ended.then(how => reject(new Error(`the server ended (${how})`)));
    });

  return {
    child,
    ready,
    endpoint: id => ask({ type: 'endpoint', endpoint: id }),
    localEndpoint: (name, api) => ask({ type: 'local-endpoint', name, api }),
  };
}
