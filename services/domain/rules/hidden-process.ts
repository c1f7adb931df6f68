import { programKey } from '../baselines/program-key.ts';
import { type Detector, none } from '../detectors/detector.ts';
import { basename, programOf } from '../detectors/program.ts';
import { sentence } from '../detectors/words.ts';
import type { OperationName } from '../events/operation.ts';

const ways: Partial<Record<OperationName, string>> = {
  'hide-entry': 'the kernel runs it, and its folder in /proc shows nothing or another process',
  'hide-listing': 'the kernel runs it, and the list of /proc leaves it out',
  'hide-task': 'it is at work, and the kernel’s own list of tasks leaves it out',
};

/** What an agent names where it is not one process that is hidden. */
const allOf = '/proc';

export const hiddenProcess: Detector<'process.hidden'> = {
  id: 'process.hidden-process',
  title: 'Hidden process',
  techniques: ['T1014', 'T1564.013'],
  severity: 'critical',
  needs: ['process.hidden'],
  detect({ process, operation, path, other }) {
    const way = ways[operation];
    if (!way) return none;
    if (path === allOf)
      return {
        deviation: `${operation} ${allOf}`,
        reason:
          'Most processes are hidden: /proc shows less than half of what the kernel runs, as if something lay over it',
        saw: [{ label: 'Hidden', value: allOf }],
      };
    const name = basename(programOf(process)) || other || `pid ${process.pid}`;
    return {
      deviation: `${operation} ${programKey(programOf(process))}`,
      reason: sentence(`${name} is hidden: ${way}, as rootkits do it`),
      saw: [
        { label: 'Hidden', value: path },
        ...(other === '' ? [] : [{ label: 'The kernel’s name of it', value: other }]),
      ],
    };
  },
};
