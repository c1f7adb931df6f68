/** One question to a Kafka broker, in its own protocol: Metadata (key 3), version 1. */

import { once } from 'node:events';
import { connect } from 'node:net';

/** Length, api key 3, version 1, correlation 1, client id `picket`, and an array of no topics: only the brokers are wanted. */
const question = Buffer.concat([
  Buffer.from([0, 0, 0, 20, 0, 3, 0, 1, 0, 0, 0, 1, 0, 6]),
  Buffer.from('picket'),
  Buffer.from([0, 0, 0, 0]),
]);
/** Of the answer: length, correlation, number of brokers. */
const headBytes = 12;

/**
 * How many brokers the one on this loopback port knows to be serving: 0 while it starts or is cut off from its controller.
 * `undefined` where it does not answer in time.
 */
export async function servingBrokers(port: number, patienceMs: number): Promise<number | undefined> {
  const signal = AbortSignal.timeout(patienceMs);
  const socket = connect({ port, host: '127.0.0.1', signal });
  try {
    await once(socket, 'connect', { signal });
    socket.write(question);
    let answer = Buffer.alloc(0);
    while (answer.length < headBytes) {
      const [bytes] = await once(socket, 'data', { signal });
      answer = Buffer.concat([answer, bytes]);
    }
    return answer.readInt32BE(8);
  } catch {
    return undefined;
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}
