import { type Detector, none } from '../detectors/detector.ts';
import { basename, isOneOf, programOf } from '../detectors/program.ts';
import { sentence } from '../detectors/words.ts';
import type { Process } from '../events/event.ts';

/** native/bpf/maps.h and isolation.bpf.c; with the seed in the settings what seems to be repetition can be made up. */
const ours = /^(?:picket_|\.rodata\.picket)/;
/** To list maps, or to look for one, they open every one. */
const walkers = new Set(['bpftool', 'perf']);
/** Commands of bpftool that only show; shortened, the first one of its list that begins so is meant. */
const shows = /^(?:s\w*|l|li\w*|loo\w*|g\w*|d|dum?p?)$/;

/** A package's tool that came by the map, and was not told to do something to it. */
function passesBy(process: Process): boolean {
  const { args, loader, package: owner, script } = process;
  if (owner === '' || script !== '' || loader.length > 0 || !isOneOf(process, walkers)) return false;
  if (basename(process.exe) !== 'bpftool') return true;
  const [object = '', command = '', ...more] = args.slice(1).filter(word => !word.startsWith('-'));
  const isBatch = /^b(?:a\w*)?$/.test(object);
  const names = more.some(word => /^id?$/.test(word) || ours.test(word));
  return shows.test(command) || !(isBatch || names);
}

/**
 * With one of them events can be made to seem repetition of others, processes not to be reported, what was sent passed over, an isolated
 * host to reach another. One that was opened only to read, or is frozen, is enough: a program may be loaded that writes there.
 */
export const sensorMap: Detector<'kernel.changed'> = {
  id: 'sensor.sensor-map',
  title: 'The sensor’s memory in the kernel opened',
  techniques: ['T1562.001'],
  severity: 'high',
  needs: ['kernel.changed'],
  detect({ process, operation, path, value, result }) {
    const unseen = path === '' && value === 0;
    if (operation !== 'open-map' || result < 0 || !(unseen || ours.test(path)) || passesBy(process)) return none;
    const program = basename(programOf(process));
    return {
      deviation: unseen ? 'hidden map' : 'map of the sensor',
      reason: sentence(
        unseen
          ? `${program} opened a BPF map by its number and hid which; it may be one of the sensor, and who writes there can lose or hide events`
          : `${program} opened ${path}, which belongs to the sensor: who writes there can lose or hide events`,
      ),
      saw: [{ label: 'Opened', value: unseen ? 'taken away by another thread before it was looked at' : path }],
    };
  },
};
