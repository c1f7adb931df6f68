import { containerEngines, initSystem, packageManagers, union } from '../detectors/groups.ts';
import { guardedFile } from './guarded-file.ts';

const places =
  /^\/proc\/sys\/kernel\/(?:core_pattern|modprobe|hotplug|usermodehelper\/.|randomize_va_space|yama\/ptrace_scope|kptr_restrict|dmesg_restrict|perf_event_paranoid|unprivileged_bpf_disabled)$|^\/sys\/kernel\/uevent_helper$|^\/sys\/fs\/cgroup\/.*release_agent$|^\/proc\/sys\/fs\/binfmt_misc\/register$|^\/sys\/kernel\/debug\/kprobes|^\/dev\/(?:mem|kmem|port)$|^\/proc\/kcore$/;

export const kernelHookWrite = guardedFile({
  id: 'file.kernel-hook-write',
  title: 'A switch of the kernel that runs programs or lowers its guard was written',
  techniques: ['T1611', 'T1068', 'T1562'],
  severity: 'critical',
  access: 'write',
  guards: path => places.test(path),
  business: union(
    initSystem,
    new Set([
      ...['systemd-sysctl', 'sysctl', 'systemd-binfmt', 'update-binfmts', 'procps', 'tuned', 'apport', 'abrtd'],
      ...['abrt-hook-ccpp', 'bpftool'],
    ]),
  ),
  businessOfDescendants: union(packageManagers, containerEngines),
  matters: 'makes the kernel run a program as root or lowers its guard',
});
