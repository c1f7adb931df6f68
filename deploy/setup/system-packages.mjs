import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * What has to be on the system, by package manager. An entry is one package, or alternatives of which any will do and the
 * first is what gets installed, or a package that is of use for a program only, wherever that comes from.
 *
 * @typedef {readonly (string | readonly string[] | { program: string, package: string })[]} Packages
 * @typedef {{ name: 'apt-get' | 'dnf', build: Packages, cluster: Packages, packages: Packages, tests: Packages, installed: (name: string) => boolean, install: (names: readonly string[]) => string[][] }} Manager
 */

/** @param {string[]} command */
export const succeeds = ([program = '', ...args]) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;

/**
 * Debian makes and starts a database cluster of its own when PostgreSQL is installed; nobody asked for that one.
 *
 * @param {readonly string[][]} commands
 * @returns {string[][]}
 */
function withoutSystemCluster(commands) {
  const folder = '/etc/postgresql-common/createcluster.d';
  const file = `${folder}/picket.conf`;
  return [
    ['sh', '-ec', `mkdir -p ${folder} && echo 'create_main_cluster = false' >${file}`],
    ...commands,
    ['rm', file],
  ];
}

/** @type {Manager} */
const debian = {
  name: 'apt-get',
  build: [
    ['clang', 'clang-20', 'clang-19', 'clang-18', 'clang-17', 'clang-16', 'clang-15', 'clang-14'],
    'cmake',
    'g++',
    'make',
    ['pkg-config', 'pkgconf'],
    'libbpf-dev',
    'libelf-dev',
    'zlib1g-dev',
  ],
  // Kafka 4 needs Java 17 or newer, and its jars come by Maven.
  cluster: [
    [
      'default-jre-headless',
      'default-jre',
      ...['17', '21', '25'].flatMap(version => [`openjdk-${version}-jre-headless`, `openjdk-${version}-jdk-headless`]),
    ],
    'maven',
    // The server alone; its own programs start it.
    ['postgresql', ...['15', '16', '17', '18'].map(version => `postgresql-${version}`)],
    { program: 'go', package: 'golang-go' },
    'openssl',
  ],
  packages: [
    { program: 'go', package: 'golang-go' },
    { program: 'readelf', package: 'binutils' },
  ],
  // rpm looks at the package for systems that have it.
  tests: [['chromium', 'chromium-browser'], 'shellcheck', 'systemd-container', 'python3-venv', 'rpm'],
  installed: name => {
    const query = spawnSync('dpkg', ['-s', name], { encoding: 'utf8' });
    return query.status === 0 && query.stdout.includes('Status: install ok installed');
  },
  install: names => {
    const commands = [
      ['apt-get', 'update'],
      ['apt-get', 'install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300', ...names],
    ];
    return names.includes('postgresql') ? withoutSystemCluster(commands) : commands;
  },
};

/** @type {Manager} */
const fedora = {
  name: 'dnf',
  build: [
    'clang',
    'cmake',
    'gcc-c++',
    'make',
    'pkgconf-pkg-config',
    'libbpf-devel',
    'elfutils-libelf-devel',
    'zlib-devel',
  ],
  cluster: ['java-headless', 'maven', 'postgresql-server', { program: 'go', package: 'golang' }, 'openssl'],
  packages: [
    { program: 'go', package: 'golang' },
    { program: 'readelf', package: 'binutils' },
  ],
  tests: ['chromium', 'ShellCheck', 'systemd-container', 'python3'],
  // zlib-devel is a name that zlib-ng-compat-devel provides, so it is asked for as a capability
  installed: name => succeeds(['rpm', '-q', '--whatprovides', name]),
  install: names => [['dnf', 'install', '-y', ...names]],
};

/** @returns {Manager | undefined} this system's package manager, where it is one that Picket knows */
export function packageManager() {
  if (existsSync('/usr/bin/apt-get')) return debian;
  if (existsSync('/usr/bin/dnf')) return fedora;
  return undefined;
}

/**
 * @param {Manager} manager
 * @param {{ build: boolean | undefined, cluster: boolean | undefined, packages: boolean | undefined, tests: boolean }} purpose
 * @returns {string[]} packages that are needed and not installed
 */
export function missingPackages(manager, purpose) {
  return /** @type {const} */ (['build', 'cluster', 'packages', 'tests'])
    .flatMap(what => (purpose[what] ? manager[what] : []))
    .flatMap(entry => {
      if (typeof entry === 'object' && 'program' in entry)
        return succeeds(['sh', '-c', `command -v ${entry.program}`]) ? [] : [entry.package];
      const alternatives = typeof entry === 'string' ? [entry] : entry;
      return alternatives.some(name => manager.installed(name)) ? [] : alternatives.slice(0, 1);
    });
}
