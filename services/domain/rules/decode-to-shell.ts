import { type Detector, none } from '../detectors/detector.ts';
import { basename } from '../detectors/program.ts';
import { commandLine } from '../detectors/words.ts';
import { feeding } from './piped-shell.ts';

function decodes(exe: string, args: readonly string[]): boolean {
  const name = basename(exe);
  if (name === 'base64' || name === 'base32') return args.some(arg => /^(?:-[a-z]*[dD]|--decode)$/.test(arg));
  if (name === 'xxd') return args.some(arg => /^-r/.test(arg));
  return name === 'openssl' && args.includes('-d') && args.some(arg => arg === 'enc' || arg === 'base64');
}

export const decodeToShell: Detector<'process.executed'> = {
  id: 'process.decode-to-shell',
  title: 'Encoded text decoded into a shell',
  techniques: ['T1140', 'T1027', 'T1059.004'],
  severity: 'high',
  needs: ['process.executed'],
  detect({ process, result }, context) {
    if (result < 0) return none;
    const line = feeding(
      process,
      context,
      decodes,
      /\bbase(?:64|32)\s+(?:-\w*[dD]\b|--decode)|\bxxd\s+-r|\bopenssl\s+(?:enc|base64)\b.*\s-d\b/,
    );
    if (line === undefined) return none;
    return {
      deviation: 'decoded text into a shell',
      reason: 'Encoded text was decoded straight into a shell, which hides from readers and scanners what it does',
      saw: [{ label: 'Command', value: commandLine([line]) }],
    };
  },
};
