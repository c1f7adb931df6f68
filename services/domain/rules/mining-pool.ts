import { type Detector, none } from '../detectors/detector.ts';
import { basename, programOf } from '../detectors/program.ts';
import { sentence } from '../detectors/words.ts';

/** Ports of the large pools that hardly anything else listens on. */
const ports = new Set([3333, 5555, 7777, 9999, 14433, 14444, 33333, 45560, 45700]);
const local =
  /^(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|::1$|::$|fe80:|f[cd]|0\.)/;

export const miningPool: Detector<'network.connected'> = {
  id: 'network.mining-pool',
  title: 'Connection to a port of mining pools',
  techniques: ['T1496', 'T1571'],
  severity: 'medium',
  needs: ['network.connected'],
  detect({ process, protocol, remoteAddress, remotePort }) {
    if (protocol !== 'tcp' || !ports.has(remotePort) || local.test(remoteAddress)) return none;
    return {
      deviation: `port ${remotePort}`,
      reason: sentence(
        `${basename(programOf(process))} connected to ${remoteAddress} at port ${remotePort}, which mining pools use and hardly anybody else`,
      ),
      saw: [{ label: 'Connected to', value: `${remoteAddress} port ${remotePort}` }],
    };
  },
};
