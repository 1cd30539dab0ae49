import type { Dialect } from '../dialects/Dialect.ts';
import { ApiError } from '../errors/ApiError.ts';
import { encodeFrame } from '../frames/encodeFrame.ts';
import { encodeLine } from '../frames/encodeLine.ts';
import type { Frame } from '../frames/Frame.ts';
import type { Reply } from './Reply.ts';

/** As much of a dialect as a server needs to speak it. */
export type Speaker = Pick<Dialect, 'name' | 'framing' | 'encode' | 'encodeError' | 'nonStreaming'>;

/** Thrown where a reply's connection is to be cut. */
export class Cut extends Error {
  readonly with: 'fin' | 'rst';

  constructor(how: 'fin' | 'rst') {
    super(`cut with ${how}`);
    this.with = how;
  }
}

/** How far behind its pace a reply may be and still catch up, in milliseconds. */
const maxLateMs = 100;

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

/** How long answers without pauses are given in one go, in milliseconds: an endless one must let timers have their turn. */
const burstMs = 10;

const forever = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const leave = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });

interface Piece {
  readonly bytes: Uint8Array;
  /** Whether the body is whole with it. */
  readonly isLast: boolean;
}

/** How frames are written, by framing; a CR by itself ends no line of NDJSON. */
const writers: Readonly<Record<Speaker['framing'], (frame: Frame, lineEnd: string) => string>> = {
  sse: (frame, lineEnd) => encodeFrame(frame).replaceAll('\n', lineEnd),
  ndjson: (frame, lineEnd) => encodeLine(frame).replace(/\n$/, lineEnd === '\r' ? '\n' : lineEnd),
};

/** What keeps a connection alive and says nothing: a comment, or a blank line. */
const keepAlive: Readonly<Record<Speaker['framing'], string>> = { sse: ': keep-alive\n\n', ndjson: '\n' };

/** The body as it would be without pace or fault: a piece per frame. */
function* framesOf({ bytes, deltas = [], error, lineEnd = '\n' }: Reply, dialect: Speaker): Generator<Piece> {
  const utf8 = new TextEncoder();
  if (bytes !== undefined) {
    yield { bytes: typeof bytes === 'string' ? utf8.encode(bytes) : bytes, isLast: true };
    return;
  }
  const encode = dialect.encode();
  const pieces = (frames: readonly Frame[], isEnd: boolean): readonly Piece[] =>
    frames.map((frame, at) => ({
      bytes: utf8.encode(writers[dialect.framing](frame, lineEnd)),
      isLast: isEnd && at === frames.length - 1,
    }));
  let failure = error;
  try {
    for (const delta of deltas) {
      // An error in the stream takes the place of its end: after a stop reason it would change nothing.
      if (error !== undefined && (delta.type === 'finish' || delta.type === 'end')) continue;
      yield* pieces(encode(delta), delta.type === 'end');
    }
  } catch (thrown) {
    // A test whose deltas throw is told so by the stream it waits for.
    failure = { message: `the deltas threw: ${String(thrown)}`, code: 'invalid_reply' };
  }
  if (failure !== undefined) yield* pieces(dialect.encodeError(new ApiError(failure)), true);
}

function* slices(piece: Uint8Array, bytes: number): Generator<Uint8Array> {
  for (let start = 0; start < piece.byteLength; start += bytes) yield piece.subarray(start, start + bytes);
}

async function* breakDown(
  fault: NonNullable<Reply['fault']>,
  { framing }: Speaker,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  switch (fault.kind) {
    case 'cut':
      throw new Cut(fault.with);
    case 'stall':
      return await forever(signal);
    case 'heartbeats':
      for (;;) {
        await sleep(fault.everyMs, signal);
        yield new TextEncoder().encode(keepAlive[framing]);
      }
  }
}

/**
 * The pieces of a reply's body, in their time and with their fault; throws `Cut`, or the signal's reason.
 * `onLast` is called before the last piece of a body without a fault.
 */
export async function* playReply(
  reply: Reply,
  dialect: Speaker,
  signal: AbortSignal,
  onLast?: () => void,
): AsyncGenerator<Uint8Array> {
  const { fault, firstFrameMs = 0, frameMs = 0, writeBytes = Infinity } = reply;
  let left = fault?.afterBytes ?? Infinity;
  let dueMs = Date.now() + firstFrameMs;
  let burstEnd = Date.now() + burstMs;
  for (const { bytes, isLast } of framesOf(reply, dialect)) {
    const waitMs = dueMs - Date.now();
    if (waitMs > 0 || Date.now() >= burstEnd) {
      await sleep(Math.max(0, waitMs), signal);
      burstEnd = Date.now() + burstMs;
    }
    // Timers are late, by a millisecond or more: what they lost is made up for, or a fast model could not be played.
    dueMs = Math.max(dueMs, Date.now() - maxLateMs) + frameMs;
    if (left === 0) break;
    // A comment in the middle of a frame would be none.
    const sent = fault?.kind === 'heartbeats' && reply.bytes === undefined ? bytes : bytes.subarray(0, left);
    left = Math.max(0, left - sent.byteLength);
    if (isLast && fault === undefined) onLast?.();
    yield* slices(sent, writeBytes === Infinity ? Math.max(1, sent.byteLength) : writeBytes);
    if (left === 0) break;
  }
  if (fault) yield* breakDown(fault, dialect, signal);
}
