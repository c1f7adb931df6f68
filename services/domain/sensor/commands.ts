/** Commands that take a host's or an agent's sight, or tell who did: tool and arguments, by what they do. */

import { basename, toolName } from '../detectors/program.ts';

/** What the name of the program, and what its arguments have to be. */
export type Ways = readonly (readonly [tool: RegExp, args: RegExp])[];

export const hostEnds: Ways = [
  [/^(?:shutdown|reboot|poweroff|halt|init|telinit)$/, /^/],
  [/^systemctl$/, /\b(?:reboot|poweroff|halt|kexec|soft-reboot|isolate|suspend|hibernate)\b/],
];

export const agentEnds: Ways = [
  [/^(?:systemctl|service)$/, /\bmonitoringagent\b/i],
  [/^(?:kill|pkill|killall)$/, /^/],
  [/^install\.sh$/, /\bagent\b/],
];

export const agentGoes: Ways = [
  [/^(?:apt|apt-get|aptitude|dpkg|rpm|dnf5?|microdnf|yum|zypper)$/, /\bpicket-agent\b/],
  [/^python/, /\/(?:dnf|yum)\S* .*\bpicket-agent\b/],
  [/^(?:ba|da)?sh$/, /\binstall\.sh\b.* --uninstall\b/],
];

export const hookTools: Ways = [[/^(?:bpftool|gdb)$/, /^/]];

export const clockSetters: Ways = [
  [/^date$/, /(?:^|\s)(?:-s\b|--set\b|[0-9]{8,})/],
  [/^(?:hwclock|ntpdate|ntpd|rdate|chronyd|chronyc|systemd-timesyncd|timedatectl|sntp|busybox)$/, /^/],
];

/** Whatever was given the file's name, and may write it: an editor, sed, cp, a management tool. */
export const configWriters: Ways = [
  [/^(?!(?:node|systemctl|cat|less|more|head|tail|grep|stat|ls)$)/, /monitoringagent\.conf\b/i],
];

const all: Ways = [hostEnds, agentEnds, agentGoes, hookTools, clockSetters, configWriters].flat();

interface Executed {
  readonly exe: string;
  readonly args: readonly string[];
}

export function fits({ exe, args }: Executed, ways: Ways): boolean {
  const names = [toolName(exe), basename(exe), basename(args[0] ?? '')];
  const text = args.slice(1).join(' ');
  return ways.some(([tool, pattern]) => names.some(name => tool.test(name)) && pattern.test(text));
}

/** Worth remembering when many other programs have been executed since. */
export const isTelling = (executed: Executed): boolean => fits(executed, all);
