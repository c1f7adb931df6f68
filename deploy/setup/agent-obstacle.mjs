import { existsSync } from 'node:fs';
import { platform, release } from 'node:os';

/**
 * Why no agent can run on this host, and what would help; `undefined` where nothing is known to be in its way.
 * What only a try can tell (a container without the capabilities, a kernel that refuses a program) the agent says itself.
 *
 * @param {{ uid: number | undefined, kernel: string, linux: boolean, btf: boolean }} [host]
 * @returns {string | undefined}
 */
export function agentObstacle(host = thisHost()) {
  if (!host.linux) return 'the sensor needs Linux; run an agent on a Linux host and point it at this server';
  const [major = 0, minor = 0] = host.kernel.split('.').map(Number);
  if (major < 5 || (major === 5 && minor < 8)) {
    return `the kernel is ${host.kernel} and the sensor needs 5.8 or newer (BPF ring buffer); boot a newer kernel`;
  }
  if (!host.btf) {
    return 'the kernel has no BTF (/sys/kernel/btf/vmlinux is missing); boot a kernel built with CONFIG_DEBUG_INFO_BTF=y, as distributions do';
  }
  if (host.uid !== 0)
    return 'loading the sensor into the kernel needs root; run sudo npm start, or install the agent with sudo ./install.sh agent';
  return undefined;
}

function thisHost() {
  return {
    uid: process.getuid?.(),
    kernel: release(),
    linux: platform() === 'linux',
    btf: existsSync('/sys/kernel/btf/vmlinux'),
  };
}
