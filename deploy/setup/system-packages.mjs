import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * What has to be on the system, by package manager. An entry is one package, or alternatives of which any will do and the
 * first is what gets installed.
 *
 * @typedef {readonly (string | readonly string[])[]} Packages
 * @typedef {{ name: 'apt-get' | 'dnf', build: Packages, cluster: Packages, tests: Packages, installed: (name: string) => boolean, install: (names: readonly string[]) => string[][] }} Manager
 */

/** @param {string[]} command */
const succeeds = ([program = '', ...args]) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;

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
  ],
  tests: [['chromium', 'chromium-browser'], 'shellcheck', 'systemd-container'],
  installed: name => {
    const query = spawnSync('dpkg', ['-s', name], { encoding: 'utf8' });
    return query.status === 0 && query.stdout.includes('Status: install ok installed');
  },
  install: names => [
    ['apt-get', 'update'],
    ['apt-get', 'install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300', ...names],
  ],
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
  cluster: ['java-headless', 'maven'],
  tests: ['chromium', 'ShellCheck', 'systemd-container'],
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
 * @param {{ build: boolean | undefined, cluster: boolean | undefined, tests: boolean }} purpose
 * @returns {string[]} packages that are needed and not installed
 */
export function missingPackages(manager, purpose) {
  return /** @type {const} */ (['build', 'cluster', 'tests'])
    .flatMap(what => (purpose[what] ? manager[what] : []))
    .map(entry => (typeof entry === 'string' ? [entry] : entry))
    .filter(alternatives => !alternatives.some(name => manager.installed(name)))
    .map(([first = '']) => first);
}
