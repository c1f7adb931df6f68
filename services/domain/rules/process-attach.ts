import { type Detector, none } from '../detectors/detector.ts';
import { argumentText, basename, toolName } from '../detectors/program.ts';
import { commandLine, sentence } from '../detectors/words.ts';

const attach: ReadonlyMap<string, RegExp> = new Map([
  ['gdb', /(?:^|\s)(?:-p|--pid|-ex attach|attach)[\s=]?\d*/],
  ['strace', /(?:^|\s)(?:-p|--attach)[\s=]?\d/],
  ['ltrace', /(?:^|\s)-p\s?\d/],
  ['gcore', /\d/],
  ['reptyr', /\d/],
  ['lldb', /(?:^|\s)(?:-p|--attach-pid)\s?\d/],
]);

export const processAttach: Detector<'process.executed'> = {
  id: 'process.process-attach',
  title: 'Debugger attached to a running process',
  techniques: ['T1055.008', 'T1003.007'],
  severity: 'low',
  needs: ['process.executed'],
  detect({ process, result }) {
    const tool = toolName(process.exe);
    if (result < 0 || !attach.get(tool)?.test(argumentText(process))) return none;
    return {
      deviation: `${tool} attaches`,
      reason: sentence(`${basename(process.exe)} was started to look into or change a process that runs`),
      saw: [{ label: 'Executed', value: commandLine(process.args) }],
      severity: tool === 'gdb' || tool === 'gcore' ? 'medium' : 'low',
    };
  },
};
