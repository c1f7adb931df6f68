import { type Detector, none } from '../detectors/detector.ts';
import { buildTools, configurationManagers, initSystem, packageManagers, union } from '../detectors/groups.ts';
import { basename, isInstalled, isOneOf, nearest, programOf } from '../detectors/program.ts';
import type { Process } from '../events/event.ts';

/** Commands that answer: who am I, where am I, who else is here. */
const questions = new Set([
  ...['id', 'whoami', 'who', 'w', 'last', 'lastlog', 'groups', 'users', 'hostname', 'hostnamectl', 'uname'],
  ...['arch', 'lscpu', 'lsblk', 'lsmod', 'lspci', 'lsusb', 'df', 'mount', 'ps', 'netstat', 'ss', 'ip'],
  ...['ifconfig', 'arp', 'route', 'iptables', 'getent', 'crontab', 'systemctl', 'uptime', 'free', 'printenv'],
  ...['lsof', 'lsb_release', 'dmidecode', 'getcap', 'findmnt', 'showmount', 'timedatectl', 'nmcli', 'finger'],
]);
const many = 7;
const unattended = union(packageManagers, buildTools, configurationManagers);
const orderly = union(unattended, initSystem);

function manages(parent: Process): boolean {
  // Scripts of the system ask for their own reasons: the message of the day, a report about the machine.
  if (parent.script !== '' && (isInstalled(parent.script) || parent.script.startsWith('/etc/'))) return true;
  return isOneOf(parent, orderly) || nearest(parent, unattended) !== undefined;
}

export const discoveryBurst: Detector<'process.executed'> = {
  id: 'process.discovery-burst',
  title: 'Many questions about the host within seconds',
  techniques: ['T1082', 'T1033', 'T1057', 'T1016'],
  severity: 'medium',
  needs: ['process.executed'],
  detect({ process, result }, { siblings }) {
    const { parent } = process;
    if (result < 0 || !parent || !questions.has(basename(process.exe)) || manages(parent)) return none;
    const asked = new Set(
      siblings(process)
        .map(({ exe }) => basename(exe))
        .filter(name => questions.has(name)),
    );
    if (asked.size < many) return none;
    return {
      deviation: `questions asked by ${basename(programOf(parent))}`,
      reason: `${asked.size} different commands about users, processes and network ran within half a minute, as after a break-in`,
      saw: [{ label: 'Commands', value: [...asked].join(', ') }],
    };
  },
};
