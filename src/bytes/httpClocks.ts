import { checkOption } from '../internal/checkOption.ts';
import type { HttpTimeouts } from './HttpRequest.ts';

/** The clocks of a response, with their defaults; throws `InvalidOptionError` for one that is no duration. */
export const httpClocks = ({
  connectMs = 120_000,
  firstFrameMs = 240_000,
  idleMs = 240_000,
}: HttpTimeouts = {}): Readonly<Record<keyof HttpTimeouts, number>> => {
  checkOption('limitMs', 'connectMs', connectMs);
  checkOption('limitMs', 'firstFrameMs', firstFrameMs);
  checkOption('limitMs', 'idleMs', idleMs);
  return { connectMs, firstFrameMs, idleMs };
};
