import type { Dialect } from '../dialects/Dialect.ts';
import { ApiError } from '../errors/ApiError.ts';
import { encodeFrame } from '../frames/encodeFrame.ts';
import type { Reply } from './Reply.ts';

/** As much of a dialect as a server needs to speak it. */
export type Speaker = Pick<Dialect, 'name' | 'encode' | 'encodeError'>;

/** Thrown where a reply's connection is to be cut. */
export class Cut extends Error {
  readonly with: 'fin' | 'rst';

  constructor(how: 'fin' | 'rst') {
    super(`cut with ${how}`);
    this.with = how;
  }
}

/** Waits, or rejects as soon as the client has gone. */
export const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', leave);
      resolve();
    }, ms);
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });

const forever = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const leave = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });

/** The body as it would be without pace or fault: a piece per frame. */
function* framesOf(reply: Reply, dialect: Speaker): Generator<Uint8Array> {
  const utf8 = new TextEncoder();
  const { bytes, deltas = [], error, lineEnd = '\n' } = reply;
  if (bytes !== undefined) {
    yield typeof bytes === 'string' ? utf8.encode(bytes) : bytes;
    return;
  }
  const encode = dialect.encode();
  const write = (frame: Parameters<typeof encodeFrame>[0]): Uint8Array =>
    utf8.encode(encodeFrame(frame).replaceAll('\n', lineEnd));
  for (const delta of deltas) {
    // An error in the stream takes the place of its end.
    if (delta.type === 'end' && error !== undefined) break;
    for (const frame of encode(delta)) yield write(frame);
  }
  if (error !== undefined) for (const frame of dialect.encodeError(new ApiError(error))) yield write(frame);
}

function* slices(piece: Uint8Array, bytes: number): Generator<Uint8Array> {
  for (let start = 0; start < piece.byteLength; start += bytes) yield piece.subarray(start, start + bytes);
}

async function* breakDown(fault: NonNullable<Reply['fault']>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  switch (fault.kind) {
    case 'cut':
      throw new Cut(fault.with);
    case 'stall':
      return await forever(signal);
    case 'heartbeats':
      for (;;) {
        await sleep(fault.everyMs, signal);
        yield new TextEncoder().encode(': keep-alive\n\n');
      }
  }
}

/** The pieces of a reply's body, in their time and with their fault; throws `Cut`, or the signal's reason. */
export async function* playReply(reply: Reply, dialect: Speaker, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const { fault, firstFrameMs = 0, frameMs = 0, writeBytes = Infinity } = reply;
  let left = fault?.afterBytes ?? Infinity;
  let waitMs = firstFrameMs;
  for (const frame of framesOf(reply, dialect)) {
    if (waitMs > 0) await sleep(waitMs, signal);
    waitMs = frameMs;
    const sent = frame.subarray(0, left);
    left -= sent.byteLength;
    yield* slices(sent, writeBytes === Infinity ? Math.max(1, sent.byteLength) : writeBytes);
    if (left === 0) break;
  }
  if (fault && left === 0) yield* breakDown(fault, signal);
}
