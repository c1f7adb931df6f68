import { testDetector } from '../detectors/case-table.ts';
import { opened, process, wrote } from '../detectors/sample-events.ts';
import { agentFileWrite } from './agent-file-write.ts';

const configuration = '/etc/monitoringAgent.conf';
const dropIn = '/etc/systemd/system/monitoringAgent.service.d/x.conf';
const python = process('/usr/bin/python3 x', '/usr/bin/bash');

testDetector(agentFileWrite, [
  {
    why: 'an editor writes the configuration',
    event: wrote(process('/usr/bin/vim.basic x', '/usr/bin/bash'), configuration),
    finds: `write ${configuration}`,
  },
  { why: 'a drop-in of the unit', event: wrote(process('/usr/bin/tee x'), dropIn), finds: `write ${dropIn}` },
  ...['/etc/systemd/system.control', '/run/systemd/system.control', '/run/systemd/system'].map(folder => ({
    why: `a drop-in below ${folder}`,
    event: wrote(python, `${folder}/monitoringAgent.service.d/x.conf`),
    finds: `write ${folder}/monitoringAgent.service.d/x.conf`,
  })),
  {
    why: 'systemd puts a property of the unit there, for somebody',
    event: wrote(process('/usr/lib/systemd/systemd'), '/run/systemd/system.control/monitoringAgent.service.d/x.conf'),
    finds: 'write /run/systemd/system.control/monitoringAgent.service.d/x.conf',
  },
  {
    why: 'the code of the agent',
    event: wrote(python, '/opt/picket/agent/sensor/decode.ts'),
    finds: 'write /opt/picket/',
  },
  {
    why: 'a library of the agent is another file, and the same alert',
    event: wrote(python, '/opt/picket/node_modules/pino/pino.js'),
    finds: 'write /opt/picket/',
  },
  {
    why: 'what the agent knows of its end',
    event: wrote(python, '/var/lib/monitoringAgent/run'),
    finds: 'write /var/lib/monitoringAgent/',
  },
  {
    why: 'an upgrade by dpkg',
    event: wrote(process('/usr/bin/dpkg --install x'), '/opt/picket/agent/main.ts.dpkg-new'),
    finds: undefined,
  },
  {
    why: 'an upgrade by rpm',
    event: wrote(process('/usr/bin/rpm --upgrade x'), '/opt/picket/agent/main.ts;6743'),
    finds: undefined,
  },
  {
    why: 'install.sh copies the code beside it',
    event: wrote(process('/usr/bin/node deploy/packages/tree.ts', '/usr/bin/bash'), '/opt/picket.new/agent/main.ts'),
    finds: undefined,
  },
  {
    why: 'a server in a container, in whose image the folder has that name',
    event: wrote(process('/usr/bin/node start.ts', '/usr/bin/containerd-shim-runc-v2'), '/opt/picket/dashboard/x'),
    finds: undefined,
  },
  {
    why: 'the configuration from a container',
    event: wrote(process('/usr/bin/tee x', '/usr/bin/containerd-shim-runc-v2'), configuration),
    finds: `write ${configuration}`,
  },
  { why: 'code is read', event: opened(python, '/opt/picket/agent/main.ts'), finds: undefined },
  {
    why: 'a drop-in of another unit',
    event: wrote(python, '/run/systemd/system.control/nginx.service.d/x.conf'),
    finds: undefined,
  },
  {
    why: 'a package is installed',
    event: wrote(process('/usr/bin/cp x', '/usr/bin/dpkg'), configuration),
    finds: undefined,
  },
  { why: 'another file', event: wrote(process('/usr/bin/vim.basic x'), '/etc/monitoring.conf'), finds: undefined },
]);
