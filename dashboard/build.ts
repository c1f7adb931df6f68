/** Builds the dashboard: `npm run build -w @picket/dashboard`. What runs afterwards is start.ts with .next/standalone. */

import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;

function step(script: string, ...options: string[]): void {
  const { status, error } = spawnSync(process.execPath, [script, ...options], {
    cwd: here,
    stdio: 'inherit',
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' },
  });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

step(join(here, 'types.ts'));
step(join(here, '../node_modules/next/dist/bin/next'), 'build');
// The standalone server serves these files itself, but Next leaves copying them to the builder.
cpSync(join(here, '.next/static'), join(here, '.next/standalone/dashboard/.next/static'), { recursive: true });
