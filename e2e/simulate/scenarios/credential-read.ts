import { execute, isRoot, type Scenario } from '../scenario.ts';

/** OS credential dumping (T1003.008), ended after the first byte. */
export const credentialRead: Scenario = {
  name: 'credential read',
  does: 'head reads the first byte of /etc/shadow, and it is thrown away',
  detectors: ['file.credential-read'],
  obstacle: () => undefined,
  async run(_, signal) {
    const reading = execute(signal, '/usr/bin/head', '--bytes=1', '/etc/shadow');
    // Who is not root is refused: the attempt is seen all the same.
    await (isRoot ? reading : reading.catch(() => undefined));
  },
};
