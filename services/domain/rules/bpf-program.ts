import { type Detector, none } from '../detectors/detector.ts';
import { containerRuntimes, initSystem, interpreters, union } from '../detectors/groups.ts';
import { basename, isInstalled, isOneOf, programOf } from '../detectors/program.ts';
import { sentence } from '../detectors/words.ts';
import type { Process } from '../events/event.ts';

/** What loads them from a container, where no package is known, or is put in place by hand. */
const usual = union(
  containerRuntimes,
  initSystem,
  new Set([
    ...['cilium', 'cilium-agent', 'calico-node', 'kube-proxy', 'antrea-agent', 'ovn-kubernetes', 'hubble'],
    ...['tetragon', 'falco', 'tracee', 'kubearmor', 'kubescape', 'osqueryd', 'sysdig', 'system-probe', 'auditbeat'],
    ...['elastic-endpoint', 'falcon-sensor', 'falcon-sensor-bpf', 'packetbeat', 'pixie', 'pem', 'parca-agent'],
    ...['beyla', 'obi', 'alloy', 'ebpf_exporter', 'opentelemetry-ebpf-profiler', 'pyroscope', 'datadog-agent'],
    ...['bpftool', 'bpftrace', 'perf', 'xdp-loader', 'tc', 'ip', 'snap-confine', 'libvirtd', 'virtqemud'],
  ]),
);

/** A package's own; of an interpreter it is the script that counts, and code from an argument has none. */
function isPackaged(process: Process): boolean {
  if (process.loader.length > 0) return false;
  if (process.script !== '') return isInstalled(process.script);
  return process.package !== '' && !isOneOf(process, interpreters);
}

/** Kernel programs see and change what passes: rootkits and those who blind sensors are made of them. */
export const bpfProgram: Detector<'kernel.changed'> = {
  id: 'kernel.bpf-program',
  title: 'A BPF program loaded by an unusual program',
  techniques: ['T1014', 'T1562.001'],
  severity: 'medium',
  needs: ['kernel.changed'],
  detect({ process, operation, path, result }) {
    if (operation !== 'load-program' || result < 0 || isPackaged(process)) return none;
    if (process.loader.length === 0 && isOneOf(process, usual)) return none;
    return {
      deviation: 'load-program',
      reason: sentence(
        `${basename(programOf(process))}, which is none of the programs that usually do so, loaded a BPF program into the kernel, where it can see and hide anything`,
      ),
      saw: [{ label: 'Loaded', value: path || 'a program without a name' }],
    };
  },
};
