import { type Detector, none } from '../detectors/detector.ts';
import { basename, programOf } from '../detectors/program.ts';
import { destination, sentence } from '../detectors/words.ts';

/** Ports of the large pools that hardly anything else listens on. */
const ports = new Set([3333, 5555, 7777, 9999, 14433, 14444, 33333, 45560, 45700]);
const local =
  /^(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|::1$|::$|fe80:|f[cd]|0\.)/;

/** Pools by name: their servers answer on any port, and in clouds. */
const pools =
  /(?:^|\.)(?:supportxmr\.com|minexmr\.com|nanopool\.org|moneroocean\.stream|hashvault\.pro|c3pool\.(?:com|org)|xmrpool\.(?:eu|net)|herominers\.com|2miners\.com|f2pool\.com|nicehash\.com|unmineable\.com|ethermine\.org|kryptex\.network|p2pool\.io|zpool\.ca|prohashing\.com|woolypooly\.com|minergate\.com)$/;

export const miningPool: Detector<'network.connected'> = {
  id: 'network.mining-pool',
  title: 'Connection to a mining pool',
  techniques: ['T1496', 'T1571'],
  severity: 'medium',
  needs: ['network.connected'],
  detect(event) {
    const { process, protocol, remoteAddress, remotePort, domain } = event;
    const named = pools.test(domain);
    if (protocol !== 'tcp' || local.test(remoteAddress) || !(named || ports.has(remotePort))) return none;
    const program = basename(programOf(process));
    return {
      deviation: named ? domain : `port ${remotePort}`,
      reason: sentence(
        named
          ? `${program} connected to ${domain}, a pool for mining`
          : `${program} connected to ${remoteAddress} at port ${remotePort}, which mining pools use and hardly anybody else`,
      ),
      saw: [{ label: 'Connected to', value: destination(event) }],
      ...(named ? { severity: 'high' } : {}),
    };
  },
};
