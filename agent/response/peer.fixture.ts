/**
 * One end of connections, as a process of its own that a test puts into a cgroup or network namespace. Each line on standard input is
 * an order, each line on standard output its answer:
 *
 *   listen PORT          TCP and UDP on all addresses, TCP echoes: the port, a free one for 0
 *   connect HOST PORT    TCP, one echo there and back: "ok", or the error's code; "late" after 3 s
 *   hold HOST PORT       the same, and the connection stays: "ok"
 *   echo                 over the held one, when it comes: "echoed"
 *   udp HOST PORT        a datagram on a connected socket, which stays: "ok", or the error's code
 *   datagram HOST PORT FROM  a datagram from port FROM, on a socket that is not connected: "ok", or the error's code
 *   heard PORT           waits for a datagram to PORT: what it says
 */

import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

let held: Socket | undefined;
let datagrams: Datagrams | undefined;

const code = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

async function echo(socket: Socket): Promise<void> {
  socket.write('?');
  await once(socket, 'data');
}

async function reach(host: string, port: number): Promise<Socket> {
  const socket = connect({ host, port });
  await Promise.race([once(socket, 'connect'), once(socket, 'error').then(([error]) => Promise.reject(error))]);
  await echo(socket);
  socket.on('error', () => undefined);
  return socket;
}

const late = () => new Promise<string>(resolve => setTimeout(resolve, 3_000, 'late').unref());

async function carryOut(line: string): Promise<string> {
  const [order, host = '', port = '', from = '0'] = line.split(' ');
  switch (order) {
    case 'listen': {
      const server = createServer(socket => socket.on('error', () => undefined).pipe(socket)).listen(
        Number(host),
        '::',
      );
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      await once(createSocket('udp6').bind(port), 'listening');
      return `${port}`;
    }
    case 'connect':
      return Promise.race([
        reach(host, Number(port)).then(socket => {
          socket.destroy();
          return 'ok';
        }),
        late(),
      ]);
    case 'hold':
      held = await reach(host, Number(port));
      return 'ok';
    case 'echo':
      await echo(held!);
      return 'echoed';
    case 'udp': {
      if (!datagrams) {
        datagrams = createSocket(host.includes(':') ? 'udp6' : 'udp4');
        datagrams.connect(Number(port), host);
        await once(datagrams, 'connect');
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      datagrams.send('?', error => (error ? reject(error) : resolve()));
      await promise;
      return 'ok';
    }
    case 'datagram': {
      const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
      try {
        await once(socket.bind(Number(from)), 'listening');
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        socket.send(from, Number(port), host, error => (error ? reject(error) : resolve()));
        await promise;
        return 'ok';
      } finally {
        socket.close();
      }
    }
    case 'heard': {
      const socket = createSocket('udp6').bind(Number(host));
      await once(socket, 'listening');
      console.log('hears');
      const [said] = await once(socket, 'message');
      socket.close();
      return `${said}`;
    }
    default:
      throw new Error(`${order} is no order`);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  carryOut(line).then(
    answer => console.log(answer),
    error => console.log(code(error)),
  );
}
process.exit();
