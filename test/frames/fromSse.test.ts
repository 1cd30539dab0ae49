import { lastValueFrom, take, toArray } from 'rxjs';
import { fromSse, InvalidOptionError, LimitError } from 'rxllm';
import { ollama } from 'rxllm/ollama';
import { openAiChat } from 'rxllm/openai';
import { answer, fakeProvider } from 'rxllm/testing';

import { heartbeat, message } from '../support/frames.ts';
import { thrownBy } from '../support/record.ts';

const body = { model: 'm', messages: [] };
const requestTo = ({ fetch }: { fetch: typeof globalThis.fetch }) =>
  openAiChat.request({ baseUrl: 'http://fake.test/v1', fetch, body });

describe('fromSse', () => {
  it('gives the frames of a response, and completes with it', async () => {
    const provider = fakeProvider({ replies: [{ bytes: 'data: 1\n\n: hi\ndata: 2\n\n', writeBytes: 3 }] });
    const frames = await lastValueFrom(fromSse(requestTo(provider)).pipe(toArray()));

    expect(frames).toEqual([message('1'), heartbeat('hi'), message('2')]);
  });

  it('sends a request per subscription, and none before', async () => {
    const provider = fakeProvider();
    const frames = fromSse(requestTo(provider)).pipe(toArray());
    expect(provider.requests).toHaveLength(0);

    await lastValueFrom(frames);
    await lastValueFrom(frames);
    expect(provider.requests).toHaveLength(2);
  });

  it('lets the server know at once that the consumer has left', async () => {
    const replies = [{ deltas: answer({ text: 'a b c' }), fault: { kind: 'stall', afterBytes: 400 } as const }];
    const provider = fakeProvider({ replies });
    await lastValueFrom(fromSse(requestTo(provider)).pipe(take(1)));

    expect(provider.requests[0]?.endedBy).toBe('client');
  });

  it('refuses a request for lines at the call', () => {
    const request = ollama.request({ baseUrl: 'http://fake.test', body });

    expect(thrownBy(() => fromSse(request))).toEqual(
      new InvalidOptionError('request.accept', "is 'application/x-ndjson': use fromNdjson"),
    );
  });

  it('hands its options to decodeFrames', async () => {
    const frames = fromSse(requestTo(fakeProvider()), { maxFrameChars: 4 });

    await expect(lastValueFrom(frames)).rejects.toBeInstanceOf(LimitError);
  });
});
