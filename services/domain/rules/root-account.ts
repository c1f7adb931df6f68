import { type Detector, none } from '../detectors/detector.ts';
import { configurationManagers, packageManagers, union } from '../detectors/groups.ts';
import { argumentText, basename, nearest } from '../detectors/program.ts';
import { commandLine, sentence } from '../detectors/words.ts';

const administrators = union(packageManagers, configurationManagers);

const accountTools = new Set(['useradd', 'usermod', 'adduser']);
const rootId = /(?:^|\s)(?:-[a-z]*u|--uid)[\s=]?0+(?:\s|$)/;
const adminGroup =
  /(?:^|\s)(?:-[a-zA-Z]*G|--groups|-g|--gid)[\s=]?\S*\b(?:sudo|wheel|root|admin|docker|lxd|disk|shadow)\b/;

export const rootAccount: Detector<'process.executed'> = {
  id: 'process.root-account',
  title: 'Account made with the rights of root',
  techniques: ['T1136.001', 'T1098'],
  severity: 'medium',
  needs: ['process.executed'],
  detect({ process, result }) {
    const tool = basename(process.exe);
    const line = argumentText(process);
    const isRoot = rootId.test(line);
    if (result < 0 || !accountTools.has(tool) || !(isRoot || adminGroup.test(line))) return none;
    if (nearest(process, administrators)) return none;
    return {
      deviation: isRoot ? `${tool} with user id 0` : `${tool} into an administrators' group`,
      reason: sentence(`${tool} gave an account ${isRoot ? 'the user id of root' : 'the rights of an administrator'}`),
      saw: [{ label: 'Executed', value: commandLine(process.args) }],
      severity: isRoot ? 'critical' : 'medium',
    };
  },
};
