import { BodySource } from './BodySource.ts';
import type { Encoder } from './Encoder.ts';
import type { FrameFeed } from './FrameFeed.ts';
import { sinkHeaders } from './sinkHeaders.ts';
import { clocksOf, type SinkOptions, streamHeaders } from './SinkOptions.ts';
import { streamHead } from './streamHead.ts';

/** A `Response` with what a feed has; it closes the feed. */
export const feedResponse = <T>(feed: FrameFeed<T>, encoder: Encoder<T>, options: SinkOptions): Response => {
  const clocks = clocksOf(options);
  const { headers, report = () => undefined } = options;
  if (feed.isAtEnd) {
    feed.close();
    return new Response(null, { status: 204, headers: sinkHeaders({ 'cache-control': 'no-store' }, headers) });
  }
  const source = new BodySource(feed, clocks, report, streamHead(options));
  try {
    return new Response(new ReadableStream(source, { highWaterMark: 0 }), {
      headers: sinkHeaders(streamHeaders, encoder.headers, headers),
    });
  } catch (error) {
    // A header that cannot be sent: nobody is to read on for a response that does not come about.
    source.cancel();
    throw error;
  }
};
