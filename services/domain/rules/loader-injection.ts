import { generalise } from '../baselines/generalise.ts';
import { type Detector, none } from '../detectors/detector.ts';
import { buildTools } from '../detectors/groups.ts';
import { basename, nearest, programOf } from '../detectors/program.ts';
import { sentence } from '../detectors/words.ts';

/** Of a variable; the rest is not looked at. */
const longest = 32_768;
/** Folders that anybody may write to. */
const writable = /^(?:\/var)?\/tmp\/|^\/dev\/shm\/|^\/run\/user\//;
/** They bring a library of their own into what they start, from a folder that they have just made. */
const wrappers = new Set(['fakeroot', 'fakeroot-sysv', 'faked', 'strace', 'valgrind', 'torsocks', 'proxychains4']);

/** LD_PRELOAD and LD_AUDIT put code into every program that is started with them. */
export const loaderInjection: Detector<'process.executed'> = {
  id: 'process.loader-injection',
  title: 'Program started with a library from a folder that anybody may write to',
  techniques: ['T1574.006'],
  severity: 'high',
  needs: ['process.executed'],
  detect({ process, result }) {
    if (result < 0) return none;
    const injected = process.loader
      .filter(variable => /^LD_(?:PRELOAD|AUDIT)=/.test(variable))
      .flatMap(variable => variable.slice(variable.indexOf('=') + 1, longest).split(/[:\s]/))
      .find(library => writable.test(library));
    if (injected === undefined || nearest(process, wrappers) || nearest(process, buildTools)) return none;
    return {
      deviation: `preload ${generalise(injected)}`,
      reason: sentence(
        `${basename(programOf(process))} was started with ${injected} loaded into it, from a folder that anybody may write to`,
      ),
      saw: process.loader.map(value => ({ label: 'Environment', value })),
    };
  },
};
