import OpenAI from 'openai';
import { from, lastValueFrom, Subject } from 'rxjs';

import { accumulateDelta } from '../../src/completions/accumulateDelta.ts';
import type { Completion } from '../../src/completions/Completion.ts';
import type { Delta } from '../../src/deltas/Delta.ts';
import { openAiChat } from '../../src/dialects/openai-chat/openAiChat.ts';
import { decodeDeltas } from '../../src/index.ts';
import { chatReads } from './chatEvents.ts';
import type { GrowthClient, GrownAnswer } from './GrowthClient.ts';
import { growthDeltas } from './growthDeltas.ts';

/** A million probabilities are more than the bound that stands without one. */
const unbounded = { maxAnswerChars: Infinity };

const answerOf = (completion: Completion | undefined): GrownAnswer => ({
  held: completion,
  text: completion?.toolCalls[0]?.argumentsText ?? completion?.text ?? '',
});

/** `accumulateDelta` alone; only the last completion is kept. */
export const growingCompletion: GrowthClient = {
  name: 'accumulateDelta',
  run(feed) {
    const deltas = new Subject<Delta>();
    let last: Completion | undefined;
    const subscription = deltas.pipe(accumulateDelta(unbounded)).subscribe((completion) => (last = completion));
    for (const delta of growthDeltas(feed)) deltas.next(delta);
    subscription.unsubscribe();
    return Promise.resolve(answerOf(last));
  },
};

/** From bytes, as `streamCompletion` does it. */
export const growingRxllm: GrowthClient = {
  name: 'rxllm',
  async run(feed) {
    return answerOf(
      await lastValueFrom(from(chatReads(feed)).pipe(decodeDeltas(openAiChat), accumulateDelta(unbounded))),
    );
  },
};

/** The official client's own accumulator. */
export const growingOpenAi: GrowthClient = {
  name: 'openai .stream()',
  async run(feed) {
    const reads = chatReads(feed);
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const { value, done } = reads.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
    });
    const client = new OpenAI({
      apiKey: 'none',
      baseURL: 'http://bench.test/v1',
      maxRetries: 0,
      fetch: () => Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } })),
    });
    const stream = client.chat.completions.stream({ model: 'm', messages: [] });
    const message = await stream.finalMessage();
    const call = message.tool_calls?.[0];
    const text = call?.type === 'function' ? call.function.arguments : (message.content ?? '');
    return { held: stream, text };
  },
};
