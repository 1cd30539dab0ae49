import type { Encoder } from './Encoder.ts';
import type { FrameFeed } from './FrameFeed.ts';
import type { NodeResponse } from './NodeResponse.ts';
import { type PipeEnd, ResponsePipe } from './ResponsePipe.ts';
import { sinkHeaders } from './sinkHeaders.ts';
import { clocksOf, type SinkOptions, streamHeaders } from './SinkOptions.ts';
import { streamHead } from './streamHead.ts';

/** Whether nothing can be written any more. */
const isGone = ({ destroyed, writableEnded, stream }: NodeResponse): boolean =>
  destroyed === true || writableEnded === true || stream?.destroyed === true;

/** A response without a body. */
const sendHead = (response: NodeResponse, status: number, headers: Readonly<Record<string, string>>): void => {
  if (!response.headersSent) response.writeHead(status, headers);
  response.end();
};

/** Throws for a header that cannot be sent; nobody is to read on for a response that does not come about. */
const beginStream = <T>(
  feed: FrameFeed<T>,
  response: NodeResponse,
  headers: Readonly<Record<string, string>>,
): void => {
  try {
    if (!response.headersSent) response.writeHead(200, headers);
  } catch (error) {
    feed.close();
    throw error;
  }
};

/** Sends what a feed has to a client of Node's, and closes it. */
export const pipeFeed = <T>(
  feed: FrameFeed<T>,
  response: NodeResponse,
  encoder: Encoder<T>,
  options: SinkOptions,
): Promise<PipeEnd> => {
  const clocks = clocksOf(options);
  const { headers, report = () => undefined } = options;
  const isGet = response.req?.method !== 'HEAD';
  const isAtEnd = feed.isAtEnd && !response.headersSent;
  if (isGone(response) || isAtEnd || !isGet) {
    feed.close();
    if (isGone(response)) return Promise.resolve('left');
    if (isAtEnd) sendHead(response, 204, sinkHeaders({ 'cache-control': 'no-store' }, headers));
    else sendHead(response, 200, sinkHeaders(streamHeaders, encoder.headers, headers));
    return Promise.resolve('ended');
  }
  beginStream(feed, response, sinkHeaders(streamHeaders, encoder.headers, headers));
  const pipe = new ResponsePipe(feed, response, clocks, report, streamHead(options));
  pipe.pump();
  return pipe.ended;
};
