/**
 * A network cable between this machine and a bed, and behind it, here, doors to what listens on this machine's loopback. A bed's agent so
 * has its server outside of the bed, where an isolation of the bed does not reach.
 */

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';

export interface Cable {
  /** The end that goes into the bed. */
  readonly end: string;
  /** Of this machine. */
  readonly address: string;
  /** What the bed has to run, in sh, before it can talk. */
  readonly setUp: string;
  /** A port on `address` that leads to this port of loopback; without one, to an echo. */
  door(port?: number): Promise<number>;
  close(): void;
}

/** One a process: its addresses are by the process's id. Needs root and iproute2. */
export function layCable(): Cable {
  const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'pipe' });
  const [here, end] = [`pkc${process.pid}a`, `pkc${process.pid}b`];
  // A /30 each, out of 198.18.0.0/15, which is for tests (RFC 2544).
  const first = (process.pid % 32_768) * 4;
  const at = (offset: number) => `198.${18 + (first >> 16)}.${(first >> 8) & 255}.${(first & 255) + offset}`;
  const [address, theirs] = [at(1), at(2)];
  const servers: Server[] = [];
  ip('link', 'add', here, 'type', 'veth', 'peer', 'name', end);
  ip('address', 'add', `${address}/30`, 'dev', here);
  ip('link', 'set', here, 'up');
  return {
    ...{ end, address },
    setUp: `ip address add ${theirs}/30 dev ${end} && ip link set ${end} up`,
    async door(port) {
      const server = createServer(socket => {
        const other = port === undefined ? socket : connect(port, '127.0.0.1');
        socket.on('error', () => other.destroy()).pipe(other);
        if (other !== socket) other.on('error', () => socket.destroy()).pipe(socket);
      });
      servers.push(server);
      await once(server.listen(0, address), 'listening');
      return (server.address() as AddressInfo).port;
    },
    close() {
      for (const server of servers) server.close();
      // It is gone already where the bed took the other end with it.
      try {
        ip('link', 'delete', here);
      } catch (error) {
        if (!/Cannot find device/.test(String(error))) throw error;
      }
    },
  };
}
