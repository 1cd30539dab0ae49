import { lastValueFrom } from 'rxjs';
import { fetchCompletion, streamCompletion } from 'rxllm';

import { provider, until } from '../provider.ts';
import type { DialectCase } from './DialectCase.ts';
import { samples } from './samples.ts';
import { Wire } from './Wire.ts';

/** What holds over a real connection. */
export const serverFacts = (of: DialectCase): void => {
  const { dialect, body, cannotSay = {} } = of;
  const own = of.isOurOwn === true ? { dialect } : {};
  const wire = new Wire(of);
  const said = Object.entries(samples).filter(([name]) => !(name in cannotSay));

  describe('over a real connection', () => {
    it('its answers are what they are in memory, in pieces and whole', async () => {
      const { baseUrl, requests } = await provider({
        ...own,
        replies: (_, count) => ({ deltas: said[Math.floor(count / 2)]?.[1] ?? [], writeBytes: 7 }),
      });
      const options = { baseUrl: baseUrl(dialect), body };
      for (const [name, deltas] of said) {
        const streamed = await lastValueFrom(streamCompletion(dialect, options));
        const whole = await lastValueFrom(fetchCompletion(dialect, options));

        expect(wire.view(streamed)).toEqual(wire.expected(name, deltas));
        expect(wire.view(whole)).toEqual(wire.expected(name, deltas));
      }
      expect(requests).toHaveLength(2 * said.length);
    });

    it('its key is sent, and its lack told', async () => {
      const { baseUrl } = await provider({ ...own, apiKey: 'sk-1' });
      const ask = (apiKey: string | undefined) =>
        lastValueFrom(streamCompletion(dialect, { baseUrl: baseUrl(dialect), apiKey, body, retry: false }));

      expect((await ask('sk-1')).ended).toBe(true);
      await expect(ask(undefined)).rejects.toMatchObject({ _tag: 'HttpError', status: 401 });
    });

    it('leaving in the middle closes it', async () => {
      const { baseUrl, requests, openSockets } = await provider({
        ...own,
        replies: [{ deltas: samples['text, then two calls'] ?? [], frameMs: 20 }],
      });
      let text = '';
      const subscription = streamCompletion(dialect, { baseUrl: baseUrl(dialect), body }).subscribe((completion) => {
        text = completion.text;
      });
      await until(() => text !== '', 'text');
      subscription.unsubscribe();

      await until(() => openSockets() === 0, 'the closing');
      expect(requests[0]?.endedBy).toBe('client');
    });
  });
};
