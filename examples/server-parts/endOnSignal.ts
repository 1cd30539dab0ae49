import type { Server } from 'node:http';

import type { ServerLog } from './serverLog.ts';

/** How long answers under way may take to end after SIGTERM, in milliseconds. Kubernetes kills after 30 s. */
const graceMs = Number(process.env['SHUTDOWN_MS'] ?? 20_000);

/** How long clients then have to read the last of them, in milliseconds. */
const lastWordsMs = 3_000;

/**
 * On SIGTERM or Ctrl-C the server takes no more connections. The answers that it is making are finished, and those who read them
 * served; what has not ended after SHUTDOWN_MS is stopped, as its readers are told. A second signal ends the process at once.
 *
 * Killed without all that, a server leaves answers unfinished: in Redis they end as `lost` within their lease.
 */
export const endOnSignal = async (
  server: Pick<Server, 'close' | 'closeIdleConnections' | 'closeAllConnections'>,
  log: ServerLog,
): Promise<void> => {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      process.off('SIGTERM', end).off('SIGINT', end);
      resolve();
    };
    process.on('SIGTERM', end).on('SIGINT', end);
  });
  const closed = new Promise((resolve) => server.close(resolve));
  const idle = setInterval(() => {
    server.closeIdleConnections();
  }, 20);
  await log.drain(graceMs);
  // Whoever follows an answer that another server makes goes on there.
  const late = setTimeout(() => {
    server.closeAllConnections();
  }, lastWordsMs);
  await closed;
  clearInterval(idle);
  clearTimeout(late);
  await log.close();
};
