import { type Detector, none } from '../detectors/detector.ts';
import { downloaders } from '../detectors/groups.ts';
import { basename, toolName } from '../detectors/program.ts';
import { commandLine } from '../detectors/words.ts';
import { feeding } from './piped-shell.ts';

const toFile = /^(?:-[a-zA-Z]*[oO]|--output(?:-document)?(?:=.*)?|--remote-name)$/;
/** A downloader that prints what it gets. */
function downloads(exe: string, args: readonly string[]): boolean {
  const tool = downloaders.has(basename(exe)) ? basename(exe) : toolName(exe);
  if (!downloaders.has(tool)) return false;
  return tool.startsWith('wget')
    ? args.some(arg => /^(?:-[a-zA-Z]*O-?|--output-document=?-?)$/.test(arg))
    : !args.some(arg => toFile.test(arg));
}

export const downloadToShell: Detector<'process.executed'> = {
  id: 'process.download-to-shell',
  title: 'Download piped into a shell',
  techniques: ['T1059.004', 'T1105'],
  severity: 'medium',
  needs: ['process.executed'],
  detect({ process, result }, context) {
    if (result < 0) return none;
    const line = feeding(process, context, downloads, /\b(?:curl|wget)\b/);
    if (line === undefined) return none;
    return {
      deviation: `download into ${/\|\s*(?:sudo\s+)?(\S+)/.exec(line)?.[1] ?? 'a shell'}`,
      reason: 'What was downloaded ran at once in a shell, unseen and leaving no file',
      saw: [{ label: 'Command', value: commandLine([line]) }],
    };
  },
};
