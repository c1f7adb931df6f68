/** Groups of programs that several rules name: one list, one meaning. */

const group = (...names: string[]): ReadonlySet<string> => new Set(names);
export const union = (...groups: ReadonlySet<string>[]): ReadonlySet<string> => new Set(groups.flatMap(g => [...g]));

export const shells = group(
  ...['sh', 'bash', 'dash', 'zsh', 'ksh', 'mksh', 'ash', 'busybox', 'fish', 'tcsh', 'csh', 'rbash'],
);

export const interpreters = group(
  ...['python', 'perl', 'ruby', 'php', 'node', 'nodejs', 'lua', 'awk', 'gawk', 'mawk', 'tclsh'],
);

/** They install, remove and configure packages, and run the packages' own scripts. */
export const packageManagers = group(
  ...['dpkg', 'dpkg-deb', 'dpkg-statoverride', 'dpkg-divert', 'apt', 'apt-get', 'aptitude'],
  ...['unattended-upgrade', 'unattended-upgrades', 'rpm', 'dnf', 'dnf5', 'dnf-3', 'yum', 'microdnf'],
  ...['rpm-ostree', 'packagekitd', 'zypper', 'pacman', 'apk', 'snapd', 'flatpak-system-helper', 'debootstrap'],
  ...['mmdebstrap', 'dpkg-preconfigure', 'update-alternatives', 'deb-systemd-helper', 'update-rc.d', 'ucf'],
  ...['debconf', 'frontend', 'cloud-init', 'nix-daemon', 'authselect', 'pam-auth-update', 'localectl', 'fwupd'],
  ...['alternatives'],
);

/** They keep hosts as described elsewhere. */
export const configurationManagers = group(
  ...['puppet', 'chef-client', 'salt-minion', 'salt-call', 'cf-agent', 'ansible', 'ansible-playbook'],
  ...['etckeeper', 'chezmoi'],
);

/** They start containers, build their images and unpack their layers. */
export const containerRuntimes = group(
  ...['dockerd', 'docker', 'docker-proxy', 'containerd', 'containerd-shim', 'containerd-shim-runc-v2', 'runc'],
  ...['crun', 'youki', 'podman', 'conmon', 'buildah', 'buildkitd', 'buildkit-runc', 'kubelet', 'crio'],
  ...['lxc-start', 'lxd', 'incusd', 'k3s', 'systemd-nspawn', 'rootlesskit', 'slirp4netns', 'fuse-overlayfs'],
  ...['bwrap', 'machinectl', 'kaniko', 'skopeo'],
);

/**
 * Those of them that a container's processes descend from: what happens below is the container's own business. Not the tools that
 * anybody may put in front of a command (docker, bwrap): they would be an excuse for everything.
 */
export const containerEngines = group(
  ...['dockerd', 'containerd', 'containerd-shim', 'containerd-shim-runc-v2', 'podman', 'conmon', 'buildah'],
  ...['buildkitd', 'kubelet', 'crio', 'lxc-start', 'lxd', 'incusd', 'k3s', 'kaniko'],
);

/** They compile and run what they have just compiled, mostly in temporary folders. */
export const buildTools = group(
  ...['go', 'cargo', 'rustc', 'rustdoc', 'make', 'gmake', 'ninja', 'cmake', 'ctest', 'meson', 'bazel', 'gcc'],
  ...['g++', 'cc', 'c++', 'clang', 'clang++', 'ld', 'collect2', 'configure', 'node-gyp', 'cmake-js', 'npm'],
  ...['npx', 'yarn', 'pnpm', 'pip', 'pip3', 'uv', 'tox', 'pytest', 'mvn', 'gradle', 'dotnet', 'swift', 'zig'],
  ...['ghc', 'cabal', 'stack', 'opam', 'dune', 'libtool', 'autoconf', 'dpkg-buildpackage', 'debuild'],
  ...['rpmbuild', 'mock', 'sbuild', 'emerge', 'ebuild', 'makepkg', 'conda', 'mamba'],
);

/** Servers that strangers talk to: what they start is what a stranger may have started. */
export const exposedServers = group(
  ...['nginx', 'apache2', 'httpd', 'lighttpd', 'caddy', 'php-fpm', 'php-cgi', 'uwsgi', 'gunicorn', 'haproxy'],
  ...['varnishd', 'squid', 'mysqld', 'mariadbd', 'postgres', 'redis-server', 'mongod', 'memcached', 'named'],
  ...['vsftpd', 'proftpd', 'smbd', 'exim', 'dovecot', 'tomcat', 'couchdb', 'beam.smp', 'influxd', 'slapd'],
  ...['cupsd'],
);

/** Parts of systemd that read and write nearly everything of the system's own. */
export const initSystem = group(
  ...['systemd', 'systemd-executor', 'init', 'systemctl', 'systemd-sysv-generator', 'runit', 'openrc-run'],
);

export const editors = group(
  ...['vi', 'vim', 'vim.basic', 'vim.tiny', 'nvim', 'nano', 'emacs', 'emacs-gtk', 'emacs-nox', 'micro', 'hx'],
  ...['helix', 'ed', 'gedit', 'gnome-text-editor', 'kate', 'kwrite', 'code', 'codium', 'cursor', 'zed'],
  ...['zed-editor', 'sublime_text', 'mcedit', 'joe'],
);

export const downloaders = group('curl', 'wget', 'wget2', 'aria2c', 'fetch', 'lwp-download', 'lynx', 'axel');
