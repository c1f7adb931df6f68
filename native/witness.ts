/** The witness (src/witness.c): a small process that outlives this one, and where it was killed writes down the signals that it was sent. */

import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

export interface Witness {
  /** This process ends in order: nothing is to be written. */
  dismiss(): void;
}

/** One that was killed sooner than this is started again only after it: who kills it again and again is no reason to be busy; milliseconds. */
const shortWitness = 1_000;
/** Between two tries where none could be started (no memory, no descriptors, no processes): doubled up to the longest, milliseconds. */
const firstPause = 1_000;
const longestPause = 60_000;

/**
 * `signals`: a descriptor of the map of signals; -1 after the sensor was closed. The process holds the map, and with it the notes, for
 * as long as it runs; standard input is how it hears of our end.
 */
export function startWitness(signals: () => number, file: string, onLost: () => void): Witness {
  const program = fileURLToPath(new URL('./build/Release/picket_witness', import.meta.url));
  let child: ChildProcess | undefined;
  let isDismissed = false;
  let pause = firstPause;
  const later = () => {
    setTimeout(start, pause).unref();
    pause = Math.min(pause * 2, longestPause);
  };
  const start = () => {
    const map = signals();
    // The sensor has been closed, or we are at the end.
    if (isDismissed || map < 0) return;
    const began = performance.now();
    try {
      child = spawn(program, [file], { stdio: ['pipe', 'ignore', 'ignore', map], detached: true });
    } catch {
      return later();
    }
    child.once('error', later);
    child.once('exit', (_code, signal) => {
      if (isDismissed) return;
      const isShort = performance.now() - began < shortWitness;
      // One that ends at once by itself could not run here, and nobody took it away.
      if (isShort && signal === null) return later();
      onLost();
      pause = firstPause;
      if (isShort) setTimeout(start, shortWitness).unref();
      else start();
    });
    child.unref();
    // Where there are no descriptors there is no pipe. Without it an alert says less; that is no reason not to watch.
    const input = child.stdin as Socket | undefined;
    input?.on('error', () => undefined);
    input?.unref();
  };
  start();
  return {
    dismiss: () => {
      isDismissed = true;
      child?.stdin?.end('.');
    },
  };
}
