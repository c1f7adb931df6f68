import { testDetector } from '../detectors/case-table.ts';
import { executed, process } from '../detectors/sample-events.ts';
import { agentTampering } from './agent-tampering.ts';

const run = (line: string, ...ancestors: string[]) => executed(process(line, ...ancestors));

testDetector(agentTampering, [
  {
    why: 'the service is stopped',
    event: run('/usr/bin/systemctl stop monitoringAgent.service', '/usr/bin/bash'),
    finds: 'systemctl stop monitoringAgent.service',
  },
  {
    why: 'the service is masked at once',
    event: run('/usr/bin/systemctl mask --now monitoringAgent'),
    finds: 'systemctl mask --now monitoringAgent',
  },
  { why: 'the service is looked at', event: run('/usr/bin/systemctl status monitoringAgent'), finds: undefined },
  { why: 'another service is stopped', event: run('/usr/bin/systemctl stop nginx'), finds: undefined },
  {
    why: 'killed by its name',
    event: run('/usr/bin/pkill -9 -f monitoringAgent'),
    finds: 'pkill -9 -f monitoringAgent',
  },
  {
    why: 'its spool is removed',
    event: run('/usr/bin/rm -rf /var/lib/monitoringAgent'),
    finds: 'rm -rf /var/lib/monitoringAgent',
  },
  { why: 'other files are removed', event: run('/usr/bin/rm -rf /var/lib/other'), finds: undefined },
  {
    why: 'a kernel program is detached',
    event: run('/usr/sbin/bpftool link detach id 7'),
    finds: 'bpftool link detach id 7',
  },
  { why: 'kernel programs are listed', event: run('/usr/sbin/bpftool prog show'), finds: undefined },
  {
    why: 'a package manager replaces the agent',
    event: run('/usr/bin/systemctl stop monitoringAgent.service', '/usr/bin/dpkg', '/usr/bin/apt-get'),
    finds: undefined,
  },
]);
