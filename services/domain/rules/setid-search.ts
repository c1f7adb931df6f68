import { type Detector, none } from '../detectors/detector.ts';
import { packageManagers } from '../detectors/groups.ts';
import { argumentText, basename, isOneOf, nearest } from '../detectors/program.ts';
import { commandLine } from '../detectors/words.ts';

const permission = /(?:^|\s)-perm\s+[-/]?(?:[ug+]*=?[ug,]*\+?s|0?[2467]0?00|0?[2467][0-7]{3})(?:\s|$)/;
const auditors = new Set(['lynis', 'rkhunter', 'chkrootkit', 'checksecurity', 'tiger', 'oscap', 'debsecan']);

export const setidSearch: Detector<'process.executed'> = {
  id: 'process.setid-search',
  title: 'Search for set-user-ID programs or capabilities',
  techniques: ['T1548.001', 'T1083'],
  severity: 'medium',
  needs: ['process.executed'],
  detect({ process, result }) {
    const tool = basename(process.exe);
    const line = argumentText(process);
    const searches = (tool === 'find' && permission.test(line)) || (tool === 'getcap' && /(?:^|\s)-\w*r/.test(line));
    if (result < 0 || !searches || nearest(process, packageManagers)) return none;
    for (let at = process.parent; at; at = at.parent) if (isOneOf(at, auditors)) return none;
    return {
      deviation: `${tool} for privileged programs`,
      reason: `${tool === 'find' ? 'Find' : 'Getcap'} searched for programs that run with another user's rights, the usual way to become root`,
      saw: [{ label: 'Executed', value: commandLine(process.args) }],
    };
  },
};
