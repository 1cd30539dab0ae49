import type OpenAI from 'openai';

import type { Seen } from '../faults/judge.ts';
import type { ConformanceClient } from './ConformanceClient.ts';
import { isOpenAiError, openAiOf } from './openAiChat.ts';
import { parsedCalls, reading } from './reading.ts';

const body = { model: 'm', input: 'Go' };

const seenIn = ({ status, output, usage }: OpenAI.Responses.Response): Seen => ({
  text: output
    .flatMap((item) => (item.type === 'message' ? item.content : []))
    .map((part) => (part.type === 'output_text' ? part.text : ''))
    .join(''),
  runnable: status === 'completed' ? parsedCalls(output.filter((item) => item.type === 'function_call')) : [],
  usage: usage && { inputTokens: usage.input_tokens, outputTokens: usage.output_tokens },
});

const create = (id: string, title: string, how: string, isChecked: boolean): ConformanceClient => ({
  id,
  title,
  how,
  packages: ['openai'],
  dialect: 'openai-responses',
  run: reading(async (faultCase, origin, notes, signal) => {
    const calls: { name: string; arguments: string }[] = [];
    let text = '';
    let ending: OpenAI.Responses.Response | undefined;
    const client = openAiOf(faultCase, origin);
    for await (const event of await client.responses.create({ ...body, stream: true }, { signal })) {
      if (event.type === 'response.output_text.delta') {
        text += event.delta;
        if (notes.text(event.delta)) return;
      }
      if (event.type === 'response.output_item.done' && event.item.type === 'function_call') calls.push(event.item);
      if (event.type === 'error') throw new Error(event.message);
      if (event.type === 'response.failed') throw new Error(event.response.error?.message);
      if (event.type === 'response.completed' || event.type === 'response.incomplete') ending = event.response;
    }
    if (!isChecked) notes.whole({ text, runnable: parsedCalls(calls), usage: ending && seenIn(ending).usage });
    else if (!ending) throw new Error('the stream ended without response.completed');
    else notes.whole({ ...seenIn(ending), text });
  }, isOpenAiError),
});

const stream = (id: string, title: string, how: string, isChecked: boolean): ConformanceClient => ({
  id,
  title,
  how,
  packages: ['openai'],
  dialect: 'openai-responses',
  run: reading(async (faultCase, origin, notes, signal) => {
    const answer = openAiOf(faultCase, origin).responses.stream(body, { signal });
    for await (const event of answer) {
      if (event.type === 'response.output_text.delta' && notes.text(event.delta)) return;
    }
    const response = await answer.finalResponse();
    const { status, error } = response;
    if (status === 'failed') throw new Error(error?.message);
    if (isChecked && status !== 'completed' && status !== 'incomplete') throw new Error(`status ${status}`);
    notes.whole(seenIn(response));
  }, isOpenAiError),
});

export const openAiResponsesClients: readonly ConformanceClient[] = [
  create(
    'openai-create',
    'openai `create`',
    '`for await` over `responses.create({ stream: true })`, as in its README; text put together from `response.output_text.delta`, calls ' +
      'taken from `response.output_item.done`, `error` and `response.failed` thrown. Options as for Chat Completions.',
    false,
  ),
  create(
    'openai-create-checked',
    'openai `create`, checked',
    'The same, by a careful reader: without `response.completed` or `response.incomplete` it throws, and calls run only where the ' +
      '`status` is `completed`.',
    true,
  ),
  stream(
    'openai-stream',
    'openai `stream()`',
    '`responses.stream()` iterated, then `finalResponse()`; a `status` of `failed` is thrown, calls run where it is `completed`. Options as ' +
      'for `create`.',
    false,
  ),
  stream(
    'openai-stream-checked',
    'openai `stream()`, checked',
    'The same, by a careful reader: a final `status` that is neither `completed` nor `incomplete` is an error.',
    true,
  ),
];
