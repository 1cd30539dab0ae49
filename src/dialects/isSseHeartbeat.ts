import type { Frame } from '../frames/Frame.ts';

/** Comments, `event: ping` and empty data: what servers send to keep a connection alive. */
export const isSseHeartbeat = (frame: Frame): boolean =>
  frame.kind === 'heartbeat' ||
  (frame.kind === 'message' && (frame.event === 'ping' || (frame.event !== 'error' && frame.data.trim() === '')));
