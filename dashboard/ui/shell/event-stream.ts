interface Stream<Name extends string> {
  readonly address: string;
  readonly names: readonly Name[];
  readonly onMessage: (name: Name, data: unknown) => void;
  /** `missed`: it had been lost, and what was said meanwhile was not heard. */
  readonly onOpen: (missed: boolean) => void;
  readonly onLost: () => void;
}

const againMillis = 5_000;

/** Follows server-sent events, across restarts of the server too; what it gives ends it. */
export function followStream<Name extends string>(stream: Stream<Name>): () => void {
  const { address, names, onMessage, onOpen, onLost } = stream;
  let source: EventSource;
  let timer: number | undefined;
  let missed = false;
  const connect = () => {
    source = new EventSource(address);
    source.onopen = () => {
      onOpen(missed);
      missed = false;
    };
    source.onerror = () => {
      missed = true;
      onLost();
      // The browser tries again by itself, unless the answer was no event stream: the API may be restarting.
      if (source.readyState === EventSource.CLOSED) timer = window.setTimeout(connect, againMillis);
    };
    for (const name of names) source.addEventListener(name, event => onMessage(name, JSON.parse(event.data)));
  };
  connect();
  return () => {
    window.clearTimeout(timer);
    source.close();
  };
}
