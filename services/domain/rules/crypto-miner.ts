import { type Detector, none } from '../detectors/detector.ts';
import { argumentText, basename } from '../detectors/program.ts';
import { commandLine, sentence } from '../detectors/words.ts';

const miners =
  /^(?:xmrig|xmr-stak|minerd|cpuminer|ccminer|ethminer|t-rex|lolminer|nbminer|phoenixminer|nanominer|kinsing|kdevtmpfsi|sysrv\d*)$/i;
const miningArgs =
  /stratum\d?\+(?:tcp|ssl|tls|udp):\/\/|--(?:donate-level|coin|randomx-\w+|cpu-priority|nicehash|rig-id)(?:[=\s]|$)|--algo[=\s](?:rx\/|randomx|cn\/|cryptonight|kawpow|ethash)|(?:minexmr|supportxmr|moneroocean|nanopool|2miners|hashvault|c3pool|f2pool|nicehash|unmineable)\.(?:com|org|stream|pro)/i;

export const cryptoMiner: Detector<'process.executed'> = {
  id: 'process.crypto-miner',
  title: 'Cryptocurrency miner started',
  techniques: ['T1496'],
  severity: 'high',
  needs: ['process.executed'],
  detect({ process, result }) {
    const name = basename(process.exe);
    const args = argumentText(process);
    // Searching for the words is not mining.
    if (result < 0 || /^(?:grep|egrep|rg|ag|git|less|cat|vim?|sed|awk|find|pgrep|pkill|killall|man)$/.test(name))
      return none;
    if (!miners.test(name) && !miningArgs.test(args)) return none;
    return {
      deviation: `miner ${name}`,
      reason: sentence(
        `${name} was started ${miners.test(name) ? 'under the name' : 'with the arguments'} of a cryptocurrency miner`,
      ),
      saw: [{ label: 'Executed', value: commandLine(process.args) }],
    };
  },
};
