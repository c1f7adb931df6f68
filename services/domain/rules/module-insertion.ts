import { generalise } from '../baselines/generalise.ts';
import { type Detector, none } from '../detectors/detector.ts';
import { initSystem, packageManagers, union } from '../detectors/groups.ts';
import { basename, isOneOf, nearest, programOf } from '../detectors/program.ts';
import { sentence } from '../detectors/words.ts';

const packaged = /^(?:\/usr)?\/lib\/modules\//;
const loaders = union(
  initSystem,
  new Set(['kmod', 'modprobe', 'insmod', 'systemd-udevd', 'udevadm', 'systemd-modules-load', 'busybox', 'dkms']),
);

/** The call itself: a program that loads modules without kmod, or one whose module is not the distribution's. */
export const moduleInsertion: Detector<'kernel.changed'> = {
  id: 'kernel.module-insertion',
  title: 'Code put into the kernel by an unusual program or from an unusual place',
  techniques: ['T1547.006', 'T1014'],
  severity: 'critical',
  needs: ['kernel.changed'],
  detect({ process, operation, path, result }) {
    if (result < 0 || (operation !== 'load-module' && operation !== 'load-kernel')) return none;
    const usual = operation === 'load-module' ? isOneOf(process, loaders) : isOneOf(process, kexec);
    const known = operation === 'load-kernel' || path === '' || packaged.test(path);
    if ((usual && known) || nearest(process, packageManagers)) return none;
    const name = basename(programOf(process));
    const what =
      operation === 'load-kernel' ? 'another kernel' : path === '' ? 'a kernel module from its own memory' : path;
    return {
      deviation: `${operation} ${path === '' ? 'from memory' : generalise(path)}`,
      reason: sentence(
        usual
          ? `${name} loaded ${what} into the kernel from outside of /lib/modules, where it can hide anything`
          : `${name}, which is none of the programs that load modules, loaded ${what} into the kernel`,
      ),
      saw: [{ label: 'Loaded', value: what }],
      severity: usual ? 'high' : 'critical',
    };
  },
};

const kexec = union(initSystem, new Set(['kexec', 'kdumpctl', 'kdump-config']));
