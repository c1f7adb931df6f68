import { type Detector, none } from '../detectors/detector.ts';
import { configurationManagers, packageManagers, union } from '../detectors/groups.ts';
import { argumentText, basename, nearest } from '../detectors/program.ts';
import { commandLine, sentence } from '../detectors/words.ts';

const administrators = union(packageManagers, configurationManagers);

const guards =
  '(?:auditd|rsyslog|syslog-ng|systemd-journald|firewalld|ufw|nftables|iptables|apparmor|fail2ban|clamav\\S*|falcon-sensor|mdatp|cbagent\\S*|osqueryd|wazuh-agent|ossec\\S*|falco\\S*|tetragon|sysmon|crowdsec|aide\\S*)';
const ways: readonly (readonly [tool: RegExp, args: RegExp])[] = [
  [/^systemctl$/, new RegExp(`\\b(?:stop|disable|mask|kill)\\b.*\\b${guards}(?:\\.service)?\\b`, 'i')],
  [/^service$/, new RegExp(`\\b${guards}\\s+stop\\b`, 'i')],
  [/^(?:pkill|killall)$/, new RegExp(`\\b${guards}$`, 'i')],
  [/^setenforce$/, /^(?:0|permissive)$/i],
  [/^auditctl$/, /(?:^|\s)(?:-D|-e\s*0)(?:\s|$)/],
  [/^ufw$/, /\b(?:disable|reset)\b/],
  [/^(?:iptables|ip6tables|xtables-nft-multi|iptables-nft|iptables-legacy)$/, /(?:^|\s)(?:-F|--flush)\s*$/],
  [/^nft$/, /\bflush\s+ruleset\b/],
  [/^(?:aa-teardown|aa-complain|aa-disable)$/, /^/],
  [/^chattr$/, /(?:^|\s)-[a-zA-Z]*i[a-zA-Z]*\s.*\/(?:etc|usr|bin|sbin|boot)\b/],
];

export const defenceDisabled: Detector<'process.executed'> = {
  id: 'process.defence-disabled',
  title: 'Protection of the host switched off',
  techniques: ['T1562.001', 'T1562.004', 'T1562.012'],
  severity: 'high',
  needs: ['process.executed'],
  detect({ process, result }) {
    const tool = basename(process.exe);
    const called = basename(process.args[0] ?? '');
    const args = argumentText(process);
    const found = ways.some(([name, text]) => (name.test(tool) || name.test(called)) && text.test(args));
    if (result < 0 || !found || nearest(process, administrators)) return none;
    return {
      deviation: `${called || tool} ${args}`.slice(0, 120).trimEnd(),
      reason: sentence(`${called || tool} was told to switch off something that guards or records this host`),
      saw: [{ label: 'Executed', value: commandLine(process.args) }],
    };
  },
};
