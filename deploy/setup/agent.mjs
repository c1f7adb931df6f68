import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { startChild } from './child.mjs';
import { programs } from './steps.mjs';

/** sysexits.h EX_UNAVAILABLE and EX_CONFIG: this host cannot be watched, or the file is wrong; starting again would end the same way. */
const final = new Set([69, 78]);
const graceMillis = 20_000;

/**
 * Keeps an agent running until `stop`: started again with a growing pause when it ends by itself.
 *
 * @param {{ config: string, log: string, tell: (line: string) => void }} options
 */
export function keepAgent({ config, log, tell }) {
  const stopping = new AbortController();
  let over = false;
  /** @type {import('./child.mjs').Child | undefined} */
  let child;

  const start = () => {
    const run = [join(programs, 'node'), 'agent/main.ts', 'run', '--config', config];
    // Were we killed, the kernel ends the agent: it must not stay behind alone.
    const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find(path => existsSync(path));
    return startChild({
      name: 'agent',
      command: setpriv === undefined ? run : [setpriv, '--pdeathsig', 'TERM', ...run],
      env: { ...process.env, PATH: `${programs}:${process.env['PATH'] ?? ''}` },
      log,
      channel: false,
    });
  };

  const kept = (async () => {
    for (let pause = 1000; !stopping.signal.aborted; pause = Math.min(pause * 2, 30_000)) {
      child = start();
      const how = await child.ended;
      if (stopping.signal.aborted) return;
      tell(`The agent ended (${how}); its last words (${log}):\n${child.lastWords().join('\n')}`);
      if (final.has(child.exitCode() ?? 0)) {
        over = true;
        tell('No agent runs on this host until that is put right and Picket started again.');
        return;
      }
      await setTimeout(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();

  return {
    /** @returns {boolean} whether it has ended for good */
    over: () => over,
    async stop() {
      stopping.abort();
      if (child !== undefined) await child.stop(graceMillis);
      await kept;
    },
  };
}
