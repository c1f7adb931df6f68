import { type Detector, none } from '../detectors/detector.ts';
import { configurationManagers, containerEngines, packageManagers, union } from '../detectors/groups.ts';
import { basename, nearest, programOf } from '../detectors/program.ts';
import { sentence } from '../detectors/words.ts';
import type { FileChanged } from '../events/event.ts';
import { agentFolderOf, isAgentFile } from './agent-files.ts';

const administrators = union(packageManagers, configurationManagers);
const deeds: Readonly<Partial<Record<string, string>>> = {
  rename: 'renamed',
  unlink: 'removed',
  link: 'linked',
  symlink: 'made a link of',
  truncate: 'cut',
  mount: 'mounted something over',
};

/** What of the agent it was done to: of a file that gets a second name, or another one, also that name. */
function place({ operation, path, other }: FileChanged): string | undefined {
  const places = operation === 'rename' ? [path, other] : [operation === 'link' ? other : path];
  return places.find(path => isAgentFile(path) || isAgentFile(`${path}/`));
}

/** The same as `sensor.agent-file-write`, without opening the file. */
export const agentFileChange: Detector<'file.changed'> = {
  id: 'sensor.agent-file-change',
  title: 'File of the agent removed, replaced or covered',
  techniques: ['T1562.001'],
  severity: 'medium',
  needs: ['file.changed'],
  detect(event) {
    const { process, operation, result } = event;
    const deed = deeds[operation];
    const file = deed === undefined || result < 0 ? undefined : place(event);
    if (!deed || !file || nearest(process, administrators)) return none;
    const folder = agentFolderOf(`${file}/`);
    if (folder && nearest(process, containerEngines)) return none;
    return {
      deviation: `${operation} ${folder ?? file}`,
      reason: sentence(`${basename(programOf(process))} ${deed} ${file}, which is the agent’s`),
      saw: [{ label: sentence(deed), value: file }],
    };
  },
};
