import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cached } from './cache.mjs';

const here = fileURLToPath(new URL('kafka', import.meta.url));
const sums = `${here}/SHA256SUMS`;

/**
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string} the folder of the jars that a Kafka broker runs on
 */
export const kafkaJars = env => cached('kafka-4.1.0', env);

/**
 * @param {string} folder
 * @param {string} list file of SHA-256 sums
 * @returns {boolean} whether every file of the list is there, whole: a download that was cut off does not count
 */
export function complete(folder, list) {
  if (!existsSync(folder)) return false;
  return spawnSync('sha256sum', ['--check', '--status', list], { cwd: folder }).status === 0;
}

/** @type {import('./steps.mjs').Step} */
export const kafka = {
  name: 'Kafka',
  present: () => complete(kafkaJars(), sums),
  fingerprint: () => '',
  commands: () => download(kafkaJars()),
  env: process.env,
  remedy: `Check that Maven Central can be reached, then start again. Behind a proxy or mirror, ~/.m2/settings.xml says where it is.`,
};

/**
 * Into a folder aside, which gets its name once it is complete: others may be using or looking for it meanwhile.
 *
 * @param {string} folder
 * @returns {readonly (readonly string[])[]}
 */
function download(folder) {
  const aside = `${folder}.${process.pid}.new`;
  return [
    ['rm', '-rf', aside],
    ['mkdir', '-p', aside],
    [
      'mvn',
      '--batch-mode',
      '--strict-checksums',
      `--file=${here}/pom.xml`,
      'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${aside}`,
    ],
    ['sh', '-ec', 'cd "$1" && sha256sum --check --quiet "$2"', 'sh', aside, sums],
    ['sh', '-ec', 'rm -rf "$2" && mv -T "$1" "$2"', 'sh', aside, folder],
  ];
}
