/** Somebody works against the agent: its service, its process, its files, its kernel programs. */

import { type Detector, none } from '../detectors/detector.ts';
import { configurationManagers, packageManagers, union } from '../detectors/groups.ts';
import { argumentText, basename, nearest } from '../detectors/program.ts';
import { commandLine, sentence } from '../detectors/words.ts';

const administrators = union(packageManagers, configurationManagers);

const service = 'monitoring-?agent';
const files = '(?:/opt/picket\\b|/var/lib/monitoringAgent\\b|/etc/monitoringAgent\\.conf|\\bmonitoringAgent\\.service)';

const ways: readonly (readonly [tool: RegExp, args: RegExp, did: string])[] = [
  [
    /^systemctl$/,
    new RegExp(`^(?:-\\S+\\s+)*(?:stop|disable|mask|kill|freeze|revert|edit|set-property)\\b.*\\b${service}\\b`, 'i'),
    'told systemd to end or change the agent',
  ],
  [/^(?:service|invoke-rc\.d)$/, new RegExp(`\\b${service}\\b.*\\bstop\\b`, 'i'), 'told the agent’s service to stop'],
  [/^(?:pkill|killall)$/, new RegExp(`\\b${service}\\b`, 'i'), 'sent a signal to the agent'],
  [
    /^(?:rm|unlink|shred|truncate|mv|chmod|chown|chattr|dd)$/,
    new RegExp(files, 'i'),
    'laid hands on the agent’s files',
  ],
  [/^install\.sh$/, /\bagent\b.*--uninstall\b/, 'uninstalled the agent'],
  [
    /^bpftool$/,
    /^(?:-\S+\s+)*(?:link\s+detach|map\s+(?:update|delete|freeze)|prog\s+detach|cgroup\s+detach|net\s+detach)\b/,
    'took a kernel program away or wrote to its maps',
  ],
  [/^(?:gdb|strace|ltrace)$/, new RegExp(`\\b${service}\\b`, 'i'), 'attached a debugger to the agent'],
];

export const agentTampering: Detector<'process.executed'> = {
  id: 'sensor.agent-tampering',
  title: 'Somebody works against the agent',
  techniques: ['T1562.001'],
  severity: 'high',
  needs: ['process.executed'],
  detect({ process, result }) {
    if (result < 0) return none;
    const names = [basename(process.exe), basename(process.args[0] ?? ''), basename(process.script)];
    const possible = ways.filter(([tool]) => names.some(name => tool.test(name)));
    if (possible.length === 0) return none;
    const args = argumentText(process);
    const found = possible.find(([, text]) => text.test(args));
    if (!found || nearest(process, administrators)) return none;
    const tool = basename(process.args[0] ?? '') || names[0]!;
    return {
      deviation: `${tool} ${args}`.slice(0, 120).trimEnd(),
      reason: sentence(`${tool} ${found[2]}`),
      saw: [{ label: 'Executed', value: commandLine(process.args) }],
    };
  },
};
