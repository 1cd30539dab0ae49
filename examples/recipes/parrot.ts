/** A dialect of one's own, in whole; docs/guides/custom-dialect.md goes through it. `ask-parrot.ts` asks a server that speaks it. */
import * as t from 'io-ts';

import type { Delta, Dialect, FinishReason, Frame, HttpRequest, Part, RequestOptions, Usage } from '../../src/index.ts';
import { ApiError, readApiError } from '../../src/index.ts';
import { argumentsOf, checkBody, continuation, messageOf, messagesWith } from '../../src/dialects/index.ts';
import { PartWriter, requestOf, usageOf, wholeCalls } from '../../src/dialects/index.ts';

/** The body of a request, as the server documents it; every field that it knows may stand in it. */
export interface ParrotBody {
  readonly model: string;
  readonly turns: readonly object[];
  readonly tools?: readonly object[];
  readonly [field: string]: unknown;
}

/** One line. Each says one thing; what is not listed passes through. */
const ParrotLine = t.partial({
  open: t.type({ id: t.string, model: t.string }),
  think: t.string,
  say: t.string,
  call: t.type({ id: t.string, name: t.string, input: t.UnknownRecord }),
  close: t.intersection([t.type({ why: t.string }), t.partial({ heard: t.number, said: t.number })]),
});
type ParrotLine = t.TypeOf<typeof ParrotLine>;

const parrotRequest = (options: RequestOptions<ParrotBody>, stream: boolean): HttpRequest => {
  checkBody(options.body, ['model', 'turns']);
  return requestOf(options, {
    path: '/talk',
    accept: stream ? 'application/x-ndjson' : 'application/json',
    auth: (apiKey) => ({ 'x-parrot-key': apiKey }),
    json: { ...options.body, stream },
  });
};

const reasons: ReadonlyMap<string, FinishReason> = new Map([
  ['done', 'stop'],
  ['full', 'length'],
  ['call', 'tool-calls'],
  ['hush', 'content-filter'],
]);

/** Maps the lines of one answer to deltas, in order. */
const parrotDeltas = (): ((line: ParrotLine) => readonly Delta[]) => {
  const parts = new PartWriter(0);
  let hasStarted = false;

  return ({ open, think, say, call, close }) => {
    const out: Delta[] = [];
    if (!hasStarted && (open ?? think ?? say ?? call ?? close) !== undefined) {
      out.push({ type: 'start', id: open?.id ?? '', model: open?.model ?? '', attempt: 1, step: 0 });
      hasStarted = true;
    }
    if (think) out.push({ type: 'reasoning', ...parts.stretch('reasoning', out), text: think });
    if (say) out.push({ type: 'text', ...parts.stretch('text', out), text: say });
    if (call) {
      const { id, name, input } = call;
      const place = { choice: 0, part: parts.begin('tool-call', out) };
      const argumentsText = JSON.stringify(input);
      out.push({ type: 'tool-call', ...place, id, name, argumentsText, input: 'json', executedBy: 'client' });
      parts.end(place.part, out);
    }
    if (close) {
      parts.endAll(out);
      out.push({ type: 'finish', choice: 0, reason: reasons.get(close.why) ?? 'other', raw: close.why });
      const { heard: inputTokens, said: outputTokens } = close;
      if (inputTokens !== undefined && outputTokens !== undefined) {
        const totalTokens = inputTokens + outputTokens;
        out.push({ type: 'usage', usage: usageOf({ inputTokens, outputTokens, totalTokens }, close) });
      }
    }
    return out;
  };
};

const frame = (line: object): Frame => ({
  kind: 'message',
  event: undefined,
  data: JSON.stringify(line),
  id: undefined,
});

/** The last line: the server's word for a reason, the nearest where it has none, and what the answer cost. */
const closeOf = (reason: FinishReason | undefined, raw: string, usage: Usage | undefined): object => {
  const nearest = reason === 'refusal' ? 'content-filter' : reason;
  const [why = 'done'] = [...reasons].find(([, known]) => known === nearest) ?? [];
  return { close: { why: reason === 'other' ? raw : why, heard: usage?.inputTokens, said: usage?.outputTokens } };
};

/** What the server sends for each delta of one answer. */
const encodeParrot = (): ((delta: Delta) => readonly Frame[]) => {
  const callsIn = wholeCalls();
  let reason: FinishReason = 'stop';
  let raw = 'done';
  let usage: Usage | undefined;

  const linesFor = (delta: Delta): readonly object[] => {
    if (delta.type === 'start') return [{ open: { id: delta.id, model: delta.model } }];
    if (delta.type === 'reasoning') return [{ think: delta.text }];
    if (delta.type === 'text' || delta.type === 'refusal') return [{ say: delta.text }];
    // What it cost may come behind the stop reason, and both stand in one line.
    if (delta.type === 'finish') ({ reason, raw } = delta);
    if (delta.type === 'usage') ({ usage } = delta);
    return delta.type === 'end' ? [closeOf(reason, raw, usage)] : callsIn(delta).map((call) => ({ call }));
  };
  return (delta) => ('choice' in delta && delta.choice ? [] : linesFor(delta).map(frame));
};

/** The lines that say the parts of an answer. */
const linesOf = (parts: readonly Part[]): readonly object[] =>
  parts.flatMap((part): object[] => {
    if (part.kind === 'text' || part.kind === 'refusal') return [{ say: part.text }];
    if (part.kind === 'reasoning') return [{ think: part.text }];
    return part.kind === 'tool-call' ? [{ call: { id: part.id, name: part.name, input: argumentsOf(part) } }] : [];
  });

/** Whether a part is none of the calls that were cut off, or are no object: an answer in one piece has no such thing. */
const isWhole = (part: Part): boolean =>
  part.kind !== 'tool-call' || (part.status === 'complete' && argumentsOf(part) === part.arguments);

const Fault = t.type({ fault: t.intersection([t.type({ about: t.string }), t.partial({ code: t.string })]) });

export const parrot: Dialect<ParrotBody, ParrotLine> = {
  name: 'parrot',
  framing: 'ndjson',
  terminal: 'stop-reason',
  request: (options) => parrotRequest(options, true),

  // Lines that the network is kept alive with, the last line, and errors; a proxy in front has errors of its own.
  isHeartbeat: (frame) => frame.kind === 'heartbeat' || (frame.kind === 'message' && frame.data.trim() === ''),
  ending: (frame) => (frame.kind === 'message' && /^\s*\{\s*"close"\s*:/.test(frame.data) ? 'keep' : 'none'),
  errorIn: (json) =>
    Fault.is(json) ? new ApiError({ message: json.fault.about, code: json.fault.code }) : readApiError(json),

  // Everything else.
  chunk: ParrotLine,
  deltas: parrotDeltas,

  // The way back.
  encode: encodeParrot,
  encodeError: ({ code, providerMessage }) => [frame({ fault: { code, about: providerMessage } })],

  // An answer in one piece: the same lines, in a list.
  nonStreaming: {
    request: (options) => parrotRequest(options, false),
    response: t.type({ lines: t.array(ParrotLine) }),
    deltas: ({ lines }: { readonly lines: readonly ParrotLine[] }) => [
      ...lines.flatMap(parrotDeltas()),
      { type: 'end' },
    ],
    encode: ({ id, model, choices: [{ parts, finishReason }], usage }) => ({
      lines: [{ open: { id, model } }, ...linesOf(parts.filter(isWhole)), closeOf(finishReason, 'done', usage)],
    }),
  },

  // What is put into a body.
  expectedChoices: () => 1,
  canPrefill: () => false,
  continueFrom: (options, partial, way) => {
    const { body } = options;
    return parrotRequest(
      { ...options, body: { ...body, turns: [...body.turns, ...continuation(partial, way)] } },
      true,
    );
  },
  withMessage: (body, message) => ({ ...body, turns: messagesWith(body.turns, messageOf(message), message.role) }),
  withTools: (body, tools) => ({ ...body, tools: [...(body.tools ?? []), ...tools] }),
  nextStep: (body, parts, answers) => ({
    ...body,
    turns: [
      ...((body.turns as ParrotBody['turns'] | undefined) ?? []),
      { role: 'assistant', lines: linesOf(parts) },
      ...answers.map(({ call, text, isError }) => ({ role: 'tool', call: call.id, content: text, failed: isError })),
    ],
  }),
};
