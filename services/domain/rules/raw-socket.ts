import { programKey } from '../baselines/program-key.ts';
import { type Detector, none } from '../detectors/detector.ts';
import { containerRuntimes, initSystem, union } from '../detectors/groups.ts';
import { basename, isInstalled, isOneOf, programOf } from '../detectors/program.ts';
import { sentence } from '../detectors/words.ts';

const icmp = new Set([1, 58]);
const networkTools = union(
  initSystem,
  containerRuntimes,
  new Set([
    ...['ping', 'ping4', 'ping6', 'fping', 'arping', 'traceroute', 'mtr', 'mtr-packet', 'tracepath', 'nmap', 'hping3'],
    ...['tcpdump', 'tshark', 'dumpcap', 'wireshark', 'iftop', 'nethogs', 'ngrep', 'suricata', 'snort', 'zeek'],
    ...[
      'dhclient',
      'dhcpcd',
      'udhcpc',
      'dhcpd',
      'NetworkManager',
      'nm-dhcp-helper',
      'systemd-networkd',
      'wpa_supplicant',
    ],
    ...[
      'hostapd',
      'iwd',
      'lldpd',
      'lldpad',
      'avahi-daemon',
      'keepalived',
      'bird',
      'zebra',
      'ospfd',
      'radvd',
      'dnsmasq',
    ],
    ...[
      'iptables',
      'ip6tables',
      'xtables-nft-multi',
      'xtables-legacy-multi',
      'ipset',
      'ip',
      'arp',
      'ethtool',
      'conntrack',
    ],
    ...['charon', 'pluto', 'openvpn', 'wg', 'chronyd', 'ntpd', 'smokeping', 'zabbix_server', 'zabbix_agentd', 'nfdump'],
    ...['qemu-system-x86_64', 'libvirtd', 'firewalld', 'ufw', 'cilium-agent', 'calico-node', 'flanneld', 'speaker'],
  ]),
);

/** A raw or packet socket sees, or makes up, whatever passes: sniffers and covert channels need one. */
export const rawSocket: Detector<'network.opened'> = {
  id: 'network.raw-socket',
  title: 'Raw network socket opened by an unusual program',
  techniques: ['T1040', 'T1095'],
  severity: 'medium',
  needs: ['network.opened'],
  detect({ process, operation, value, result }) {
    if (result < 0 || isOneOf(process, networkTools)) return none;
    const sees =
      operation === 'packet-socket' ? 'every packet of an interface' : icmp.has(value) ? 'ICMP' : 'raw packets';
    return {
      deviation: `${operation} by ${programKey(programOf(process))}`,
      reason: sentence(`${basename(programOf(process))}, which is no tool of the network, opened a socket for ${sees}`),
      saw: [{ label: 'Socket', value: `${operation}, protocol ${value}` }],
      severity: isInstalled(process.exe) ? 'medium' : 'high',
    };
  },
};
