import type { Observable } from 'rxjs';

import { checkOption } from '../internal/checkOption.ts';
import { randomId } from '../internal/randomId.ts';
import type { Encoder } from './Encoder.ts';
import { FrameFeed } from './FrameFeed.ts';
import { clocksOf, type SinkOptions } from './SinkOptions.ts';
import { SourceReader } from './SourceReader.ts';

export interface OnceOptions extends Omit<SinkOptions, 'isSeen' | 'retryMs'> {
  /** By what the client knows the answer, where its protocol has a name for it. @defaultValue a random one */
  readonly id?: string | undefined;
  /** The most that may wait for a slow client, as JSON, in bytes; beyond, the answer ends as failed. @defaultValue 8_388_608 */
  readonly maxBytes?: number | undefined;
}

/** What makes a feed of a source; each is a subscription of its own, once it is read. */
export const feedsOf = <T>(source: Observable<T>, encoder: Encoder<T>, options: OnceOptions): (() => FrameFeed<T>) => {
  const { maxBytes = 8_388_608, id } = options;
  checkOption('bound', 'maxBytes', maxBytes);
  clocksOf(options);
  return () => new FrameFeed(new SourceReader(id ?? randomId(), source, maxBytes), encoder);
};
