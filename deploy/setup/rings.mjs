import { sourceFiles } from './fingerprint.mjs';

/**
 * The rings of tests, one after the other. A group is what one `node --test` runs.
 *
 * `watching`: groups that are run one at a time, the others beside them; `seconds`: a test that takes longer has failed, and is named;
 * `minutes`: a group that takes longer is killed.
 *
 * @typedef {readonly (readonly string[])[]} Groups
 * @typedef {{ name: string, isolated: boolean, watching?: Groups, groups: Groups, parallel: number, seconds: number, minutes: number }} Ring
 */

const rooms = ['proto', 'native', 'agent', 'services', 'dashboard', 'deploy', 'bench', 'e2e'];

/** @param {readonly string[]} files @returns {Groups} */
const eachAlone = files => files.map(file => [file]);

/** A sensor sees the whole machine: the storm that one of these makes would be a storm for the others too. @param {string} file */
const watches = file => file.startsWith('agent/');

/** Simulated hosts, no sensor and no browser; most of the time they wait for something to be away. @param {string} file */
const isFault = file => /\/(faults|(kills|outages)\.cluster)\.e2e\.ts$/.test(file);

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
  const cluster = files.filter(file => file.endsWith('.cluster.e2e.ts'));
  const e2e = files.filter(file => file.endsWith('.e2e.ts') && !cluster.includes(file));
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
    {
      name: 'contract',
      isolated: true,
      watching: eachAlone(contract.filter(watches)),
      groups: eachAlone(contract.filter(file => !watches(file))),
      parallel: 2,
      seconds: 120,
      minutes: 5,
    },
    {
      name: 'e2e',
      isolated: true,
      watching: eachAlone(e2e.filter(file => !isFault(file))),
      groups: eachAlone(e2e.filter(isFault)),
      parallel: 2,
      seconds: 240,
      minutes: 10,
    },
    {
      name: 'cluster',
      isolated: true,
      watching: eachAlone(cluster.filter(file => !isFault(file))),
      // The longest first: the other begins when those that watch are through.
      groups: eachAlone(cluster.filter(isFault).toReversed()),
      parallel: 2,
      seconds: 300,
      minutes: 20,
    },
  ];
}
