import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { execute, type Scenario } from '../scenario.ts';

/** A shell that somebody else types into (T1059.004): here it is us, over loopback, and all we type is `exit`. */
export const reverseShell: Scenario = {
  name: 'reverse shell',
  does: 'a shell with its input and output on a connection to a listener on loopback is told to exit',
  detectors: ['process.reverse-shell'],
  obstacle: () => (existsSync('/bin/bash') ? undefined : 'there is no /bin/bash'),
  async run(undo, signal) {
    const listener = createServer(connection => {
      connection.on('error', () => connection.destroy());
      connection.end('exit\n');
    });
    undo.defer(() => listener.close());
    await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as AddressInfo;
    await execute(signal, '/bin/bash', '-c', `sh <>/dev/tcp/127.0.0.1/${port} >&0 2>&0`);
  },
};
