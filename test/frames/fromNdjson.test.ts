import { lastValueFrom, take, toArray } from 'rxjs';
import { ContentTypeError, fromNdjson, InvalidOptionError, LimitError } from 'rxllm';
import { ollama } from 'rxllm/ollama';
import { openAiChat } from 'rxllm/openai';
import { answer, fakeProvider } from 'rxllm/testing';

import { heartbeat, message } from '../support/frames.ts';
import { thrownBy } from '../support/record.ts';

const body = { model: 'm', messages: [] };
const requestTo = ({ fetch }: { fetch: typeof globalThis.fetch }) =>
  ollama.request({ baseUrl: 'http://fake.test', fetch, body });

describe('fromNdjson', () => {
  it('gives the lines of a response, and completes with it', async () => {
    const provider = fakeProvider({ replies: [{ bytes: '{"a":1}\n\n{"b":2}', writeBytes: 3 }] });
    const frames = await lastValueFrom(fromNdjson(requestTo(provider)).pipe(toArray()));

    expect(frames).toEqual([message('{"a":1}'), heartbeat(''), message('{"b":2}')]);
  });

  it('sends a request per subscription, and none before', async () => {
    const provider = fakeProvider();
    const frames = fromNdjson(requestTo(provider)).pipe(toArray());
    expect(provider.requests).toHaveLength(0);

    await lastValueFrom(frames);
    await lastValueFrom(frames);
    expect(provider.requests).toHaveLength(2);
  });

  it('lets the server know at once that the consumer has left', async () => {
    const replies = [{ deltas: answer({ text: 'a b c' }), fault: { kind: 'stall', afterBytes: 400 } as const }];
    const provider = fakeProvider({ replies });
    await lastValueFrom(fromNdjson(requestTo(provider)).pipe(take(1)));

    expect(provider.requests[0]?.endedBy).toBe('client');
  });

  it('hands its options to decodeLines', async () => {
    const frames = fromNdjson(requestTo(fakeProvider()), { maxFrameChars: 4 });

    await expect(lastValueFrom(frames)).rejects.toBeInstanceOf(LimitError);
  });

  it('refuses a request for an event stream at the call', () => {
    const request = openAiChat.request({ baseUrl: 'http://fake.test/v1', body });

    expect(thrownBy(() => fromNdjson(request))).toEqual(
      new InvalidOptionError('request.accept', "is 'text/event-stream': use fromSse"),
    );
  });

  it('refuses an event stream', async () => {
    const replies = [{ headers: { 'Content-Type': 'text/event-stream' } }];

    await expect(lastValueFrom(fromNdjson(requestTo(fakeProvider({ replies }))))).rejects.toBeInstanceOf(
      ContentTypeError,
    );
  });
});
