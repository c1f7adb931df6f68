/**
 * Ports for those that are to keep them over their restarts. A process takes them from blocks that it holds until it ends: of two that
 * start at once none is given a port that the other has found free, too, and listens on some seconds later.
 */

import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** Below those that the kernel hands out to clients (net.ipv4.ip_local_port_range): one that is down finds its own free. */
const [first, end] = [20_000, 32_000];
const blockPorts = 40;

const held = { next: 0, end: 0 };

/** So many different TCP ports of loopback that nobody listens on now. Rejects where too few are found, or none can be looked for. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    // Another call may have taken the whole block meanwhile.
    while (held.next === held.end) await holdBlock();
    const port = held.next++;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

export const freePort = async (): Promise<number> => (await freePorts(1))[0]!;

async function holdBlock(): Promise<void> {
  for (let tries = 0; tries < 1_000; tries++) {
    const from = randomInt(first / blockPorts, end / blockPorts) * blockPorts;
    // An abstract socket: it goes with the process, and is seen where the ports are, in this network namespace.
    const guard = createServer();
    if (!(await taken(guard.listen(`\0picket-ports-${from}`)))) continue;
    guard.unref();
    Object.assign(held, { next: from, end: from + blockPorts });
    return;
  }
  throw new Error(
    `${blockPorts} ports of 127.0.0.1 from ${first} to ${end} expected that no other process holds, none found`,
  );
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  if (!(await taken(server.listen(port, '127.0.0.1')))) return false;
  server.close();
  await once(server, 'close');
  return true;
}

/** Whether the address is this server's: not, where it is another's. Rejects with what else is in the way. */
async function taken(server: Server): Promise<boolean> {
  try {
    await once(server, 'listening');
    return true;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') return false;
    throw new Error(`No free port of 127.0.0.1 can be looked for: ${message}`, { cause });
  }
}
