/**
 * First of all containers: `node check-secrets.mjs FOLDER HOST_FOLDER` ends with 0 when each secret that is mounted in FOLDER is a file
 * with something in it, else with 1 and a line for each that is not, which names it as the host does. An engine may mount an empty
 * folder where the host has no file.
 */
import { readdirSync, readFileSync } from 'node:fs';

const [folder = '', hostFolder = ''] = process.argv.slice(2);

/** @param {string} name */
function trouble(name) {
  try {
    return readFileSync(`${folder}/${name}`).length === 0 ? 'is empty' : undefined;
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    return code === 'EACCES'
      ? 'cannot be read by the containers: chmod 0444 it, its folder keeps everybody else out'
      : 'is missing';
  }
}

const troubles = readdirSync(folder).flatMap(name => {
  const what = trouble(name);
  return what === undefined ? [] : [`${hostFolder}/${name} ${what}`];
});
if (troubles.length > 0) {
  const help = 'deploy/compose/secrets.sh, run again with the same HOST, makes what is missing and keeps the rest.';
  console.log([...troubles, help].join('\n'));
  process.exitCode = 1;
}
