import { configurationManagers, containerEngines, editors, packageManagers, union } from '../detectors/groups.ts';
import { guardedFile } from './guarded-file.ts';

const keys =
  /\/\.ssh\/(?:id_[^./]+|[^/]+\.pem|[^/]+_(?:rsa|dsa|ecdsa|ed25519))$|^\/etc\/ssh\/ssh_host_[^/]+_key$|\/\.gnupg\/(?:private-keys-v1\.d\/|secring\.gpg$)|^\/etc\/(?:ssl|pki\/tls)\/private\/.+\.(?:key|pem)$/;
const keyUsers = new Set([
  ...['ssh', 'scp', 'sftp', 'sftp-server', 'ssh-add', 'ssh-agent', 'ssh-keygen', 'ssh-keysign', 'sshd'],
  ...['sshd-session', 'sshd-auth', 'sshd-keygen', 'sshfs', 'mosh', 'mosh-client', 'autossh', 'ssh-copy-id'],
  ...['plink', 'dropbear', 'dbclient', 'gpg', 'gpg2', 'gpg-agent', 'gpgsm', 'keyboxd', 'gnome-keyring-daemon'],
  ...['gcr-ssh-agent', 'ksshaskpass', 'kwalletd5', 'kwalletd6', 'keepassxc', '1password', 'bitwarden', 'git'],
  ...['cargo', 'jj', 'gh', 'libvirtd', 'virsh', 'terraform', 'tofu', 'packer', 'vagrant', 'filezilla'],
  ...['remmina', 'putty', 'nginx', 'apache2', 'httpd', 'haproxy', 'caddy', 'traefik', 'envoy', 'postgres'],
  ...['mysqld', 'mariadbd', 'dovecot', 'exim', 'master', 'smtpd', 'slapd', 'openvpn', 'charon', 'stunnel'],
  ...['stunnel4', 'openssl', 'certbot', 'acme.sh', 'lego', 'make-ssl-cert', 'cupsd', 'java', 'borg', 'restic'],
]);

export const privateKeyRead = guardedFile({
  id: 'file.private-key-read',
  title: 'Private key read by a program that does not use keys',
  techniques: ['T1552.004'],
  severity: 'high',
  access: 'read',
  guards: path => keys.test(path),
  business: union(keyUsers, editors),
  businessOfDescendants: union(packageManagers, configurationManagers, containerEngines),
  matters: 'lets whoever has it log in or sign as its owner',
});
