import { generalise } from '../baselines/generalise.ts';
import { isTruncated } from '../detectors/access.ts';
import { type Detector, none } from '../detectors/detector.ts';
import { basename, programOf } from '../detectors/program.ts';
import { sentence } from '../detectors/words.ts';

const history = /\/\.(?:bash|zsh|sh|ash|ksh|mysql|psql|python|node_repl|rediscli|lesshst|viminfo)_?history$/;

/** Shells append to their history, or replace it by a new file: none of them empties it in place. */
export const historyClear: Detector<'file.opened'> = {
  id: 'file.history-clear',
  title: 'Command history emptied',
  techniques: ['T1070.003'],
  severity: 'medium',
  needs: ['file.opened'],
  watches: (path, access) => access === 'write' && history.test(path),
  detect(event) {
    if (event.result < 0 || !isTruncated(event.flags)) return none;
    return {
      deviation: `empty ${generalise(event.path)}`,
      reason: sentence(`${basename(programOf(event.process))} emptied ${event.path}, which tells what was typed`),
      saw: [{ label: 'Emptied', value: event.path }],
    };
  },
};
