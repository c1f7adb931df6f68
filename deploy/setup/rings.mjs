import { sourceFiles } from './fingerprint.mjs';

/**
 * The rings of tests. A group is what one `node --test` runs.
 *
 * `seconds`: a test that takes longer has failed, and is named; `minutes`: a group that takes longer is killed.
 *
 * @typedef {{ name: string, isolated: boolean, groups: readonly (readonly string[])[], parallel: number, seconds: number, minutes: number }} Ring
 */

const rooms = ['proto', 'native', 'agent', 'services', 'dashboard', 'deploy', 'bench', 'e2e'];

/**
 * @param {string} root
 * @param {string} filter part of a path; '' takes all files
 * @returns {readonly Ring[]}
 */
export function rings(root, filter) {
  const files = rooms
    .flatMap(room => sourceFiles(root, room))
    .filter(file => file.includes(filter))
    .sort();
  const contract = files.filter(file => file.endsWith('.contract.test.ts'));
  const unit = files.filter(file => file.endsWith('.test.ts') && !file.endsWith('.contract.test.ts'));
  return [
    {
      // A file of its own process costs 130 ms, so a room's tests share one.
      name: 'unit',
      isolated: false,
      groups: rooms.map(room => unit.filter(file => file.startsWith(`${room}/`))).filter(group => group.length > 0),
      parallel: 2,
      seconds: 60,
      minutes: 2,
    },
    { name: 'contract', isolated: true, groups: contract.map(file => [file]), parallel: 2, seconds: 120, minutes: 5 },
    {
      name: 'e2e',
      isolated: true,
      groups: files.filter(file => file.endsWith('.e2e.ts') && !file.endsWith('.cluster.e2e.ts')).map(file => [file]),
      parallel: 1,
      seconds: 240,
      minutes: 10,
    },
    {
      name: 'cluster',
      isolated: true,
      groups: files.filter(file => file.endsWith('.cluster.e2e.ts')).map(file => [file]),
      parallel: 1,
      seconds: 300,
      minutes: 15,
    },
  ];
}
