/** ATT&CK technique ids as the detectors name them. Names are for reading only; the page behind the link is the source. */

const names: Readonly<Record<string, string>> = {
  T1003: 'OS Credential Dumping',
  'T1003.007': 'Proc Filesystem',
  'T1003.008': '/etc/passwd and /etc/shadow',
  T1005: 'Data from Local System',
  T1014: 'Rootkit',
  T1016: 'System Network Configuration Discovery',
  T1021: 'Remote Services',
  'T1021.004': 'SSH',
  T1027: 'Obfuscated Files or Information',
  T1036: 'Masquerading',
  'T1036.005': 'Match Legitimate Name or Location',
  T1037: 'Boot or Logon Initialization Scripts',
  T1040: 'Network Sniffing',
  T1046: 'Network Service Discovery',
  T1048: 'Exfiltration Over Alternative Protocol',
  T1053: 'Scheduled Task/Job',
  'T1053.003': 'Cron',
  'T1053.006': 'Systemd Timers',
  T1055: 'Process Injection',
  T1059: 'Command and Scripting Interpreter',
  'T1059.004': 'Unix Shell',
  'T1059.006': 'Python',
  T1068: 'Exploitation for Privilege Escalation',
  T1070: 'Indicator Removal',
  'T1070.002': 'Clear Linux or Mac System Logs',
  'T1070.003': 'Clear Command History',
  T1071: 'Application Layer Protocol',
  T1083: 'File and Directory Discovery',
  T1090: 'Proxy',
  T1098: 'Account Manipulation',
  'T1098.004': 'SSH Authorized Keys',
  T1105: 'Ingress Tool Transfer',
  T1136: 'Create Account',
  'T1136.001': 'Local Account',
  T1190: 'Exploit Public-Facing Application',
  T1204: 'User Execution',
  T1222: 'File and Directory Permissions Modification',
  'T1222.002': 'Linux and Mac Permissions Modification',
  T1485: 'Data Destruction',
  T1496: 'Resource Hijacking',
  T1505: 'Server Software Component',
  'T1505.003': 'Web Shell',
  T1543: 'Create or Modify System Process',
  'T1543.002': 'Systemd Service',
  T1546: 'Event Triggered Execution',
  'T1546.004': 'Unix Shell Configuration Modification',
  T1547: 'Boot or Logon Autostart Execution',
  'T1547.006': 'Kernel Modules and Extensions',
  T1548: 'Abuse Elevation Control Mechanism',
  'T1548.001': 'Setuid and Setgid',
  'T1548.003': 'Sudo and Sudo Caching',
  T1552: 'Unsecured Credentials',
  'T1552.001': 'Credentials In Files',
  'T1552.003': 'Bash History',
  'T1552.004': 'Private Keys',
  'T1552.005': 'Cloud Instance Metadata API',
  T1555: 'Credentials from Password Stores',
  T1556: 'Modify Authentication Process',
  'T1556.003': 'Pluggable Authentication Modules',
  T1557: 'Adversary-in-the-Middle',
  T1562: 'Impair Defenses',
  'T1562.004': 'Disable or Modify System Firewall',
  'T1562.001': 'Disable or Modify Tools',
  T1564: 'Hide Artifacts',
  'T1564.001': 'Hidden Files and Directories',
  T1571: 'Non-Standard Port',
  T1572: 'Protocol Tunneling',
  T1573: 'Encrypted Channel',
  T1574: 'Hijack Execution Flow',
  'T1574.006': 'Dynamic Linker Hijacking',
  T1609: 'Container Administration Command',
  T1611: 'Escape to Host',
  T1613: 'Container and Resource Discovery',
  T1620: 'Reflective Code Loading',
};

/** Where MITRE describes the technique; `undefined` for what is not a technique id. */
export function techniqueUrl(id: string): string | undefined {
  const parts = /^(T\d{4})(?:\.(\d{3}))?$/.exec(id);
  if (parts === null) return undefined;
  return `https://attack.mitre.org/techniques/${parts[1]}/${parts[2] === undefined ? '' : `${parts[2]}/`}`;
}

/** `OS Credential Dumping: /etc/passwd and /etc/shadow`; '' where the name is not known here. */
export function techniqueName(id: string): string {
  const family = id.split('.')[0] ?? id;
  return [family, id]
    .filter((part, index, all) => all.indexOf(part) === index)
    .map(part => names[part])
    .filter(name => name !== undefined)
    .join(': ');
}
