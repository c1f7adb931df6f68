/** Where each service's /metrics is, as Prometheus reads it (file_sd_configs): the ports are others at each start. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Part } from './parts.ts';

export const targetsFile = (data: string): string => join(data, 'prometheus.json');

export function writeTargets(data: string, parts: readonly Pick<Part, 'name' | 'url'>[]): void {
  const targets = parts.flatMap(({ name, url }) =>
    url === undefined ? [] : [{ targets: [new URL(url).host], labels: { part: name } }],
  );
  writeFileSync(targetsFile(data), `${JSON.stringify(targets, null, 2)}\n`);
}
