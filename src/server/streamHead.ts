import type { SinkOptions } from './SinkOptions.ts';

/** Written at once, headers and all: a client must not wait for the first token to know that it is connected. */
export const streamHead = ({ retryMs }: SinkOptions): string =>
  retryMs === undefined ? ': \n\n' : `retry: ${retryMs}\n\n`;
