import { type Detector, none } from '../detectors/detector.ts';
import { argumentText, basename, isOneOf, programOf } from '../detectors/program.ts';
import { sentence } from '../detectors/words.ts';

/** What the sensor's user space writes to, and so whoever has a descriptor: native/bpf/maps.h. The others are frozen. */
const written = /^picket_(?:ring|wake|folds|seen)$/;
const readOnly = 8;
const bpftool = new Set(['bpftool']);
/** It takes a descriptor of every map to list them. */
const looks = /^(?:-\S+\s+)*(?:map|m)\s+(?:show|list|dump|lookup|getnext)\b/;

/** With it events can be made to seem repetition of others, and what was counted can be blanked. */
export const sensorMap: Detector<'kernel.changed'> = {
  id: 'sensor.sensor-map',
  title: 'The sensor’s memory in the kernel opened',
  techniques: ['T1562.001'],
  severity: 'high',
  needs: ['kernel.changed'],
  detect({ process, operation, path, extra, result }) {
    if (operation !== 'open-map' || result < 0 || !written.test(path) || extra & readOnly) return none;
    if (isOneOf(process, bpftool) && looks.test(argumentText(process))) return none;
    return {
      deviation: path,
      reason: sentence(
        `${basename(programOf(process))} opened ${path}, where the sensor counts what it does not send one by one, and can write there`,
      ),
      saw: [{ label: 'Opened', value: path }],
    };
  },
};
