/** What systemd is told (sd_notify(3)); nothing where it is not systemd that started the agent. */

export interface ServiceManager {
  ready(): void;
  status(text: string): void;
  alive(): void;
  stopping(): void;
  /** How often `alive` is expected to be called, milliseconds; undefined where nobody waits for it. */
  readonly aliveEveryMillis: number | undefined;
}

export interface ServiceEnvironment {
  readonly NOTIFY_SOCKET?: string | undefined;
  readonly WATCHDOG_USEC?: string | undefined;
  readonly WATCHDOG_PID?: string | undefined;
}

/** `notify` sends a message to a socket and gives 0 or the errno. */
export function serviceManager(
  environment: ServiceEnvironment,
  pid: number,
  notify: (socket: string, message: string) => number,
): ServiceManager {
  const socket = environment.NOTIFY_SOCKET;
  const say = (message: string) => {
    if (socket) notify(socket, message);
  };
  const isWatched = socket && (environment.WATCHDOG_PID === undefined || environment.WATCHDOG_PID === String(pid));
  const watchdogMicros = isWatched ? Number(environment.WATCHDOG_USEC) : Number.NaN;
  return {
    ready: () => say('READY=1'),
    // One line: a line break would begin another field.
    status: text => say(`STATUS=${text.replaceAll('\n', ' ')}`),
    alive: () => say('WATCHDOG=1'),
    stopping: () => say('STOPPING=1'),
    aliveEveryMillis: watchdogMicros > 0 ? Math.floor(watchdogMicros / 3000) : undefined,
  };
}
