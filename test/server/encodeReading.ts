import { concat, from, NEVER, Observable, throwError } from 'rxjs';
import type { Delta, MessageFrame } from 'rxllm';
import { type Cursor, type LogReader, memoryLog, type StreamLog } from 'rxllm/log';
import type { Encoder } from 'rxllm/server';

import { type FeedReader, FrameFeed } from '../../src/server/FrameFeed.ts';

/** How the source of an answer ends: well, badly, or not at all until it is stopped. */
export type SourceEnd = 'complete' | 'error' | 'stopped';

let count = 0;

/** A log that holds an answer and has ended. */
export const logOf = async (
  deltas: readonly Delta[],
  end: SourceEnd = 'complete',
  error: unknown = new Error('secret of the inside'),
): Promise<{ readonly log: StreamLog<Delta>; readonly id: string }> => {
  const log = memoryLog<Delta>();
  const id = `answer-${(count += 1)}`;
  const tail = {
    complete: new Observable<never>((out) => out.complete()),
    error: throwError(() => error),
    stopped: NEVER,
  };
  const { ended } = await log.start(id, concat(from(deltas), tail[end]));
  if (end === 'stopped') await log.stop(id, 'the user left');
  await ended;
  return { log, id };
};

export interface Reading {
  readonly after?: string | undefined;
  readonly url?: string | undefined;
  /** How many records are taken at a time; what is taken at one time is joined. */
  readonly sizes?: readonly number[] | undefined;
}

/** A reader that gives as many records at a time as is said. */
const inSizes = (reader: LogReader<Delta>, sizes: readonly number[]): FeedReader<Delta> => {
  let turn = 0;
  return {
    id: reader.id,
    startedAt: reader.startedAt,
    get isAtEnd() {
      return reader.isAtEnd;
    },
    onWake: () => undefined,
    poll: () => reader.poll(sizes[turn++ % sizes.length]),
    page: () => reader.page(),
    close: () => {
      reader.close();
    },
    reopen: async () => inSizes(await reader.reopen(), sizes),
  };
};

/** All frames of a response. */
export const framesOf = async (
  { log, id }: { readonly log: StreamLog<Delta>; readonly id: string },
  encoder: Encoder,
  { after, url, sizes = [1] }: Reading = {},
): Promise<readonly MessageFrame[]> => {
  const reader = await log.open(id, after as Cursor | undefined);
  const isSeen = url === undefined ? undefined : encoder.seenBy?.(new Request(url));
  const feed = new FrameFeed(inSizes(reader, sizes), encoder, { id: 'resp_1', isSeen });
  const frames: MessageFrame[] = [];
  for (;;) {
    const polled = feed.poll();
    if (polled === undefined) return frames;
    if (polled === 'page') await feed.page();
    else if (polled === 'wait') throw new Error('the log has not ended');
    else frames.push(...polled);
  }
};
