import type { Delta } from '../../src/deltas/Delta.ts';
import type { Dialect } from '../../src/dialects/Dialect.ts';
import { answer as answerDeltas } from '../../src/testing/answer.ts';
import { everRight, type Expectations } from '../faults/expectations.ts';
import { deltasOf, type FaultAnswer, framesOf, longText, twoTools } from '../faults/FaultAnswer.ts';
import { caseOf } from '../faults/faultKinds.ts';
import { type CaseGroup, type ConformanceCase, isSse } from './ConformanceCase.ts';

const anyhow: Expectations = { plain: 'either', retry: 'either', resume: 'either' };

/** An answer whose frames are written as some servers do. */
const deviating = (
  id: string,
  title: string,
  write: (frames: readonly string[], dialect: Dialect) => string | undefined,
  answer: FaultAnswer = longText,
  type?: string,
  expected = everRight,
): ConformanceCase => ({
  id,
  title,
  bar: 'right',
  trials: (dialect) => {
    const written = (deltas: readonly Delta[]) => write(framesOf(dialect, deltas), dialect);
    if (written(deltasOf(answer)) === undefined) return [];
    const head = type === undefined ? {} : { 'content-type': type };
    return [
      caseOf({
        kind: id,
        dialect,
        answer,
        times: Infinity,
        // Whoever asks for the rest is sent the rest, in the same way.
        break: ({ headers, deltas = [] }) => ({ headers: { ...headers, ...head }, bytes: written([...deltas]) }),
        expected,
      }),
    ];
  },
});

const isChat = ({ name }: Dialect): boolean => name === 'openai-chat';

/** The same frames, the JSON of each changed. */
const rewritten = (frames: readonly string[], change: (json: Record<string, unknown>) => object | undefined): string =>
  frames
    .map((frame) => {
      const [line, json] = /^(?:data: )?(\{.*\})$/m.exec(frame) ?? [];
      if (line === undefined || json === undefined) return frame;
      const changed = change(JSON.parse(json) as Record<string, unknown>);
      return changed && frame.replace(json, () => JSON.stringify(changed));
    })
    .filter((frame) => frame !== undefined)
    .join('');

interface LooseChunk {
  readonly choices: readonly {
    readonly delta: { readonly tool_calls?: readonly object[] };
    readonly finish_reason: unknown;
  }[];
}
const choicesOf = (json: object): LooseChunk['choices'] => (json as LooseChunk).choices;

/** An answer without its stop reason, where that leaves a stream that still says that it is over. */
const withoutReason: Readonly<Record<string, (frames: readonly string[]) => string>> = {
  'openai-chat': (frames) =>
    rewritten(frames, (json) => ({
      ...json,
      choices: choicesOf(json).map((choice) => ({ ...choice, finish_reason: null })),
    })),
  'anthropic-messages': (frames) => rewritten(frames, (json) => (json['type'] === 'message_delta' ? undefined : json)),
  ollama: (frames) => rewritten(frames, ({ done_reason: _, ...json }) => json),
};

export const nearlyCases: CaseGroup = {
  title: 'Servers that are nearly right',
  intro:
    'A whole answer from a server or a proxy that does not quite do what the provider documents. Nothing promises that a client puts up ' +
    'with it, but users want the answer: only `right` is good.',
  cases: [
    deviating(
      'text-plain',
      'the stream has the type `text/plain`',
      (frames) => frames.join(''),
      longText,
      'text/plain',
    ),
    deviating(
      'json-type',
      'the stream has the type `application/json`',
      (frames) => frames.join(''),
      longText,
      'application/json',
      anyhow,
    ),
    deviating(
      'no-stop-reason',
      'no stop reason, but the marker (`[DONE]`, `message_stop`, `done: true`)',
      (frames, { name }) => withoutReason[name]?.(frames),
      longText,
      undefined,
      anyhow,
    ),
    deviating('empty-data', '`data:` with nothing behind it, to keep the connection alive', (frames, dialect) =>
      isSse(dialect) ? frames.map((frame) => `data:\n\n${frame}`).join('') : undefined,
    ),
    deviating('null-members', 'members that may be missing are `null`', (frames, dialect) =>
      isChat(dialect)
        ? rewritten(frames, (json) => ({
            usage: null,
            system_fingerprint: null,
            ...json,
            choices: choicesOf(json).map((choice) => ({
              ...choice,
              logprobs: null,
              delta: {
                role: null,
                content: null,
                tool_calls: null,
                function_call: null,
                refusal: null,
                ...choice.delta,
              },
            })),
          }))
        : undefined,
    ),
    deviating('missing-members', 'no `id`, `object`, `created`, `model`', (frames, dialect) =>
      isChat(dialect)
        ? rewritten(frames, ({ id: _id, object: _object, created: _created, model: _model, ...json }) => json)
        : undefined,
    ),
    deviating(
      'stop-with-calls',
      'tool calls with the stop reason `stop`',
      (frames, dialect) => (isChat(dialect) ? frames.join('').replace('"tool_calls"}', '"stop"}') : undefined),
      twoTools,
    ),
    deviating(
      'whole-calls-without-index',
      'each tool call whole in one event, without `index`',
      (_frames, dialect) => {
        if (!isChat(dialect)) return undefined;
        const calls = twoTools.calls.map(({ arguments: pieces, ...call }) => ({
          ...call,
          arguments: [pieces.join('')],
        }));
        const frames = framesOf(
          dialect,
          answerDeltas({ toolCalls: calls, usage: twoTools.usage, id: 'a', model: 'm' }),
        );
        const heads = new Map<number, object>();
        return rewritten(frames, (json) => {
          const [call] = choicesOf(json)[0]?.delta.tool_calls ?? [];
          if (!call) return json;
          const { index, function: called, ...more } = call as { index: number; function: object };
          const head = heads.get(index);
          heads.set(index, { ...more, function: called });
          if (!head) return undefined;
          const whole = { ...head, function: { ...(head as { function: object }).function, ...called } };
          return { ...json, choices: [{ index: 0, delta: { tool_calls: [whole] }, finish_reason: null }] };
        });
      },
      twoTools,
      undefined,
      anyhow,
    ),
  ],
};
