/** The ports that Traefik is to have: free, and allowed to this user. */

import { holder, inUse } from '../setup/ports.mjs';
import type { Door, Options } from './options.ts';

/** A line for each that it cannot have, with what to do. */
export async function doorsTaken({ ports, listen }: Options): Promise<string[]> {
  const lines: string[] = [];
  for (const [door, port] of Object.entries(ports) as [Door, number][]) {
    const instead = `choose another one: --${door}-port PORT`;
    try {
      if (!(await inUse(port, listen || '0.0.0.0'))) continue;
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code === 'EACCES' ? 'takes root' : (error as Error).message;
      lines.push(`Port ${port} (${door}) ${why}; ${instead}`);
      continue;
    }
    const by = holder(port);
    lines.push(`Port ${port} (${door}) is in use${by ? ` by process ${by.pid} (${by.command})` : ''}; ${instead}`);
  }
  return lines;
}
