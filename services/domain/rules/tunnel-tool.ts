import { type Detector, none } from '../detectors/detector.ts';
import { basename, toolName } from '../detectors/program.ts';
import { commandLine, sentence } from '../detectors/words.ts';

const tools = new Set([
  ...['chisel', 'ngrok', 'frpc', 'ligolo', 'ligolo-ng', 'gost', 'iodine', 'dnscat', 'dnscat2', 'ptunnel'],
  ...['ptunnel-ng', 'rathole', 'bore', 'revsocks', 'pwncat', 'gsocket', 'gs-netcat', 'earthworm', 'localtonet'],
  ...['reGeorg', 'proxychains4', 'proxychains'],
]);

export const tunnelTool: Detector<'process.executed'> = {
  id: 'process.tunnel-tool',
  title: 'Tunnelling tool started',
  techniques: ['T1572', 'T1090'],
  severity: 'medium',
  needs: ['process.executed'],
  detect({ process, result }) {
    const name = basename(process.exe);
    const tool = tools.has(name) ? name : toolName(process.exe);
    const listens =
      tool === 'socat' &&
      /(?:TCP|UDP|OPENSSL|SCTP)\d?-LISTEN:.*\s(?:TCP|UDP|OPENSSL|SOCKS)\w*:/i.test(process.args.join(' '));
    if (result < 0 || !(tools.has(tool) || listens)) return none;
    return {
      deviation: `tunnel ${tool}`,
      reason: sentence(`${tool} was started, which carries connections past a firewall`),
      saw: [{ label: 'Executed', value: commandLine(process.args) }],
    };
  },
};
