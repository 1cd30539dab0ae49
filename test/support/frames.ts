import { from } from 'rxjs';
import { decodeFrames, type DecodeFramesOptions, type Frame } from 'rxllm';

import { record, type Recorded } from './record.ts';

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

export const message = (data: string, fields: { event?: string; id?: string } = {}): Frame => ({
  kind: 'message',
  event: fields.event,
  data,
  id: fields.id,
});

export const heartbeat = (comment: string): Frame => ({ kind: 'heartbeat', comment });

export const stray = (line: string): Frame => ({ kind: 'stray', line });

export const decoded = (
  slices: readonly (Uint8Array | ArrayBuffer | string)[],
  options?: DecodeFramesOptions,
): Recorded<Frame> => record(from(slices).pipe(decodeFrames(options)));

/** A text or bytes, cut at the given offsets, whatever their order. */
export const cut = <T extends { slice(from?: number, to?: number): T; readonly length: number }>(
  whole: T,
  offsets: readonly number[],
): T[] => {
  const edges = [0, ...offsets.map((at) => at % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  return edges.slice(1).map((edge, i) => whole.slice(edges[i], edge));
};
