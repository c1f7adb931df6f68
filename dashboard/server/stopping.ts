import { setMaxListeners } from 'node:events';

const controller = new AbortController();

/** Aborted when this server is told to stop: streams that would otherwise never end keep it from doing so. */
export const stopping = controller.signal;

// One listener for each open stream.
setMaxListeners(0, stopping);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => controller.abort());
