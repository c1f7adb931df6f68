/** Programs that take a secret in an option whose name does not say so. Adding one is adding a row. */

export interface ProgramRule {
  /** Options with the secret in the same word: `-pSECRET`. */
  readonly attached?: readonly string[];
  /** Options with the secret in the next word. */
  readonly next?: readonly string[];
  /** Options with `user:secret` (or `user%secret`) in the same or the next word: what stands behind the mark is masked. */
  readonly login?: { readonly options: readonly string[]; readonly mark: string };
  /** The rule holds behind this word only: `docker login -p`, but not `docker run -p`. */
  readonly behind?: string;
  /** Where this option is given, the last word is the secret. */
  readonly lastWith?: RegExp;
}

const mysql: ProgramRule = { attached: ['-p'] };
const ldap: ProgramRule = { attached: ['-w'], next: ['-w'] };
const mongo: ProgramRule = { attached: ['-p'], next: ['-p'] };
const registry: ProgramRule = { next: ['-p'], behind: 'login' };
const samba: ProgramRule = { login: { options: ['-U', '--user'], mark: '%' } };
const archive: ProgramRule = { attached: ['-p', '-hp'] };
const zip: ProgramRule = { attached: ['-P'], next: ['-P'] };
const sqlServer: ProgramRule = { attached: ['-P'], next: ['-P'] };
const snmp: ProgramRule = { next: ['-A', '-X', '-c'] };
const account: ProgramRule = { next: ['-p'] };

const rows: readonly (readonly [programs: string, rule: ProgramRule])[] = [
  ['mysql mysqldump mysqladmin mysqlimport mysqlcheck mysqlshow mysqlsh mysqlbinlog mysqlslap mysql_upgrade', mysql],
  ['mariadb mariadb-dump mariadb-admin mariadb-import mariadb-check mariadb-show mariadb-binlog', mysql],
  ['mongo mongosh mongodump mongorestore mongoexport mongoimport', mongo],
  ['redis-cli valkey-cli', { next: ['-a'] }],
  ['sshpass', { attached: ['-p'], next: ['-p'] }],
  ['curl', { next: ['--pass'], login: { options: ['-u', '--user', '-U', '--proxy-user'], mark: ':' } }],
  ['http https xh', { login: { options: ['-a', '--auth'], mark: ':' } }],
  ['ldapsearch ldapadd ldapmodify ldapdelete ldapwhoami ldapcompare ldapmodrdn ldapexop', ldap],
  ['ldappasswd', { attached: ['-w', '-s', '-a'], next: ['-w', '-s', '-a'] }],
  ['docker podman nerdctl buildah skopeo helm crane oras', registry],
  ['smbclient smbget rpcclient net nmblookup smbcacls winexe', samba],
  ['7z 7za 7zr 7zz rar unrar', archive],
  ['zip unzip zipcloak', zip],
  ['sqlcmd bcp isql tsql', sqlServer],
  ['openssl', { next: ['-k', '-K'] }],
  ['htpasswd', { lastWith: /^-[a-zA-Z]*b/ }],
  ['useradd usermod', account],
  ['ipmitool', { next: ['-P'] }],
  ['kadmin kadmin.local', { next: ['-w', '-pw'] }],
  ['snmpget snmpset snmpwalk snmpbulkwalk snmpgetnext', snmp],
  ['xfreerdp wlfreerdp', { attached: ['/p:'] }],
  ['rdesktop', { next: ['-p'] }],
];

const byProgram = new Map(rows.flatMap(([programs, rule]) => programs.split(' ').map(name => [name, rule] as const)));

/** The rule for a word that names a program, by any path. */
export function programRule(word: string): ProgramRule | undefined {
  return word.length > 200 || word.startsWith('-') ? undefined : byProgram.get(word.slice(word.lastIndexOf('/') + 1));
}
