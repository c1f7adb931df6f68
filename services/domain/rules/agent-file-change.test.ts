import { testDetector } from '../detectors/case-table.ts';
import { fileChanged, process } from '../detectors/sample-events.ts';
import { agentFileChange } from './agent-file-change.ts';

const code = '/opt/picket/agent/run.ts';
const configuration = '/etc/monitoringAgent.conf';
const python = process('/usr/bin/python3 x', '/usr/bin/bash');

testDetector(agentFileChange, [
  {
    why: 'code is put in the place of the agent’s',
    event: fileChanged(python, 'rename', { path: '/tmp/run.ts', other: code }),
    finds: 'rename /opt/picket/',
  },
  {
    why: 'its code is put away',
    event: fileChanged(python, 'rename', { path: code, other: '/tmp/x' }),
    finds: 'rename /opt/picket/',
  },
  {
    why: 'its spool is removed',
    event: fileChanged(python, 'unlink', { path: '/var/lib/monitoringAgent/000000000001.segment' }),
    finds: 'unlink /var/lib/monitoringAgent/',
  },
  {
    why: 'the note of how it ended is cut',
    event: fileChanged(python, 'truncate', { path: '/var/lib/monitoringAgent/run' }),
    finds: 'truncate /var/lib/monitoringAgent/',
  },
  {
    why: 'sed writes its configuration anew',
    event: fileChanged(process('/usr/bin/sed -i x'), 'rename', { path: '/etc/sedXyZ', other: configuration }),
    finds: `rename ${configuration}`,
  },
  {
    why: 'its unit is masked',
    event: fileChanged(process('/usr/lib/systemd/systemd'), 'symlink', {
      path: '/etc/systemd/system/monitoringAgent.service',
      other: '/dev/null',
    }),
    finds: 'symlink /etc/systemd/system/monitoringAgent.service',
  },
  {
    why: 'something is mounted over its configuration',
    event: fileChanged(python, 'mount', { path: configuration, other: '/tmp/x' }),
    finds: `mount ${configuration}`,
  },
  {
    why: 'an upgrade by dpkg',
    event: fileChanged(process('/usr/bin/dpkg --install x'), 'rename', { path: `${code}.dpkg-new`, other: code }),
    finds: undefined,
  },
  {
    why: 'install.sh copies by links beside it',
    event: fileChanged(process('/usr/bin/cp -al x', '/usr/bin/bash'), 'link', {
      path: code,
      other: '/opt/picket.new/agent/run.ts',
    }),
    finds: undefined,
  },
  {
    why: 'another folder is put in the place of its code: install.sh does so while no agent runs',
    event: fileChanged(process('/usr/bin/mv x', '/usr/bin/bash'), 'rename', {
      path: '/opt/picket.new',
      other: '/opt/picket',
    }),
    finds: 'rename /opt/picket/',
  },
  {
    why: 'an empty folder is mounted over its spool',
    event: fileChanged(python, 'mount', { path: '/var/lib/monitoringAgent', other: 'tmpfs' }),
    finds: 'mount /var/lib/monitoringAgent/',
  },
  {
    why: 'the rights of a file change nothing of what it says',
    event: fileChanged(python, 'chmod', { path: configuration }),
    finds: undefined,
  },
  {
    why: 'an attempt that failed',
    event: fileChanged(python, 'unlink', { path: code, result: -13 }),
    finds: undefined,
  },
]);
