/** How a command ends, as in sysexits.h; systemd does not restart an agent on those that a restart can't mend. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  /** `status`: no agent runs, as `systemctl status` says it. */
  notRunning: 3,
  usage: 64,
  /** No eBPF on this host, or not for this user. */
  unavailable: 69,
  config: 78,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
