/** What happens to the parts: each line into the cluster's log, and what a person should know onto the screen too. */

import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildLog } from '../../services/engines/watched-child.ts';

export interface Journal {
  /** The journal of one part. */
  of(part: string): ChildLog;
}

export function openJournal(data: string, say: (line: string) => void): Journal {
  mkdirSync(join(data, 'log'), { recursive: true, mode: 0o750 });
  const file = join(data, 'log', 'cluster.log');
  const write = (level: string, part: string, about: object, words: string) =>
    appendFileSync(file, `${JSON.stringify({ time: new Date(), level, part, ...about, msg: words })}\n`, {
      mode: 0o640,
    });
  const shown = (about: object) =>
    Object.entries(about)
      .filter(([name]) => name !== 'engine')
      .map(([name, value]) => ` (${name}: ${value})`)
      .join('');
  return {
    of(part) {
      const quiet = (level: string) => (about: object, words: string) => write(level, part, about, words);
      const loud = (level: string) => (about: object, words: string) => {
        write(level, part, about, words);
        say(`${part}: ${words.replace(/^the engine /, '')}${shown(about)}`);
      };
      return { debug: quiet('debug'), info: loud('info'), warn: loud('warn'), error: loud('error') };
    },
  };
}
