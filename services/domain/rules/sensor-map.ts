import { type Detector, none } from '../detectors/detector.ts';
import { argumentText, basename, isOneOf, programOf } from '../detectors/program.ts';
import { sentence } from '../detectors/words.ts';

/** What the sensor's user space writes to, and so whoever has a descriptor: native/bpf/maps.h. The others are frozen. */
const written = /^picket_(?:ring|wake|folds|seen)$/;
const bpftool = new Set(['bpftool']);
/** To list maps or programs it opens every map; these words, shortened as it takes them, do more. */
const works = /(?:^|\s)(?:up\w*|de\w*|pu\w*|po\w*|enq\w*|deq\w*|pi\w*|fr\w*|lo|loa\w*|r|ru\w*|b|ba\w*)(?:\s|$)/;

/**
 * With one of them events can be made to seem repetition of others, what was counted can be blanked, what was sent passed over. One that
 * was opened only to read is enough: a program may be loaded that writes there, or it is pinned and opened again.
 */
export const sensorMap: Detector<'kernel.changed'> = {
  id: 'sensor.sensor-map',
  title: 'The sensor’s memory in the kernel opened',
  techniques: ['T1562.001'],
  severity: 'high',
  needs: ['kernel.changed'],
  detect({ process, operation, path, result }) {
    if (operation !== 'open-map' || result < 0 || !written.test(path)) return none;
    if (isOneOf(process, bpftool) && process.loader.length === 0 && !works.test(argumentText(process))) return none;
    return {
      deviation: path,
      reason: sentence(
        `${basename(programOf(process))} opened ${path}, which the agent shares with its kernel programs: who writes there can lose or hide events`,
      ),
      saw: [{ label: 'Opened', value: path }],
    };
  },
};
