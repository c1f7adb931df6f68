import { type Detector, none } from '../detectors/detector.ts';
import { argumentText, programOf, toolName } from '../detectors/program.ts';
import { commandLine } from '../detectors/words.ts';

/** Ways to tie a shell to a connection, by the program that is given them. */
const patterns: readonly (readonly [name: string, tool: RegExp, args: RegExp])[] = [
  ['shell with /dev/tcp', /^(?:ba|z|k|da)?sh$/, /(?:\d*[<>]&?\s*|\bcat\s+.*)\/dev\/(?:tcp|udp)\/[^/\s]+\/\d+/],
  [
    'shell over a named pipe',
    /^(?:ba|z|k|da)?sh$/,
    /\bmk(?:fifo|nod)\b[\s\S]*\b(?:nc|ncat|netcat|telnet|openssl|socat)\b/,
  ],
  ['Python socket', /^python/, /socket[\s\S]*(?:\bdup2\b|pty\.spawn|subprocess|os\.system|\/bin\/(?:ba|da)?sh)/],
  ['Perl socket', /^perl/, /(?:Socket|IO::Socket)[\s\S]*(?:exec|system|fdopen)/],
  ['Ruby socket', /^ruby/, /TCPSocket[\s\S]*(?:exec|spawn|IO\.popen|system)/],
  ['PHP socket', /^php/, /fsockopen[\s\S]*(?:exec|shell_exec|system|passthru|proc_open|popen)/],
  ['Node socket', /^node/, /^(?=[\s\S]*\bnet\b)(?=[\s\S]*(?:connect|Socket))(?=[\s\S]*(?:spawn|exec))/],
  ['Lua socket', /^lua/, /socket[\s\S]*(?:io\.popen|os\.execute)/],
  ['awk connection', /^[gm]?awk$/, /\/inet\/(?:tcp|udp)\/[\s\S]*(?:getline|\|&)/],
  [
    'netcat with a program',
    /^(?:nc|ncat|netcat|nc\.traditional|nc\.openbsd)$/,
    /(?:^|\s)(?:-[a-z]*[ec]|--exec|--sh-exec|-c)\s*\S*(?:sh|bash|cmd|python|perl)\b/,
  ],
  ['socat with a program', /^socat/, /\b(?:EXEC|SYSTEM|exec|system):/],
  ['busybox netcat with a program', /^busybox$/, /\bnc\b.*\s-e\s/],
];

export const codeReverseShell: Detector<'process.executed'> = {
  id: 'process.code-reverse-shell',
  title: 'Command that ties a shell to a network connection',
  techniques: ['T1059', 'T1095'],
  severity: 'critical',
  needs: ['process.executed'],
  detect({ process, result }) {
    if (result < 0 || process.args.length < 2) return none;
    const tool = toolName(process.exe);
    const args = argumentText(process);
    const found = patterns.find(([, program, text]) => program.test(tool) && text.test(args));
    if (!found) return none;
    const by = process.parent ? programOf(process.parent) : 'an unknown program';
    return {
      deviation: found[0],
      reason: `${by} ran a ${tool} command that gives somebody at the other end of a connection a shell`,
      saw: [{ label: 'Executed', value: commandLine(process.args) }],
    };
  },
};
