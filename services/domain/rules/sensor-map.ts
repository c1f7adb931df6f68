import { type Detector, none } from '../detectors/detector.ts';
import { argumentText, basename, isOneOf, programOf } from '../detectors/program.ts';
import { sentence } from '../detectors/words.ts';

/** native/bpf/maps.h and isolation.bpf.c. */
const ours = /^picket_/;
const bpftool = new Set(['bpftool']);
/** To list maps or programs it opens every map; these words, shortened as it takes them, do more. */
const works = /(?:^|\s)(?:up\w*|de\w*|pu\w*|po\w*|enq\w*|deq\w*|pi\w*|fr\w*|lo|loa\w*|r|ru\w*|b|ba\w*)(?:\s|$)/;

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
    if (operation !== 'open-map' || result < 0 || !(unseen || ours.test(path))) return none;
    if (isOneOf(process, bpftool) && process.loader.length === 0 && !works.test(argumentText(process))) return none;
    const program = basename(programOf(process));
    return {
      deviation: unseen ? 'unseen' : path,
      reason: sentence(
        unseen
          ? `${program} opened a BPF map by its number and hid which: of the sensor's, who writes there can lose or hide events`
          : `${program} opened ${path}, which belongs to the sensor: who writes there can lose or hide events`,
      ),
      saw: [{ label: 'Opened', value: unseen ? 'closed by another thread before it was looked at' : path }],
    };
  },
};
