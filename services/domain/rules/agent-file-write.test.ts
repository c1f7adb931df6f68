import { testDetector } from '../detectors/case-table.ts';
import { process, wrote } from '../detectors/sample-events.ts';
import { agentFileWrite } from './agent-file-write.ts';

const configuration = '/etc/monitoringAgent.conf';
const dropIn = '/etc/systemd/system/monitoringAgent.service.d/x.conf';

testDetector(agentFileWrite, [
  {
    why: 'an editor writes the configuration',
    event: wrote(process('/usr/bin/vim.basic x', '/usr/bin/bash'), configuration),
    finds: `write ${configuration}`,
  },
  { why: 'a drop-in of the unit', event: wrote(process('/usr/bin/tee x'), dropIn), finds: `write ${dropIn}` },
  {
    why: 'a package is installed',
    event: wrote(process('/usr/bin/cp x', '/usr/bin/dpkg'), configuration),
    finds: undefined,
  },
  { why: 'another file', event: wrote(process('/usr/bin/vim.basic x'), '/etc/monitoring.conf'), finds: undefined },
]);
