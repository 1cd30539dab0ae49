/** A dialect of one's own, in whole; docs/guides/custom-dialect.md goes through it. `ask-parrot.ts` asks a server that speaks it. */
import * as t from 'io-ts';

import type { Completion, Delta, Dialect, FinishReason, Frame } from '../../src/index.ts';
import type { HttpRequest, Part, RequestOptions, ToolCall, Usage } from '../../src/index.ts';
import { ApiError, InvalidOptionError, readApiError } from '../../src/index.ts';

/** The body of a request, as the server documents it; every field that it knows may stand in it. */
export interface ParrotBody {
  readonly model: string;
  readonly turns: readonly object[];
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
  const { baseUrl, apiKey, headers = {}, body, fetch, signal, timeouts, readWhen } = options;
  // Callers without types pass all sorts of things.
  if (typeof body !== 'object' || (body as unknown) === null) throw new InvalidOptionError('body', 'is missing');
  for (const field of ['model', 'turns']) {
    if (body[field] === undefined) throw new InvalidOptionError(`body.${field}`, 'is missing');
  }
  if (!URL.canParse(baseUrl) || !/^https?:/.test(baseUrl)) {
    throw new InvalidOptionError('baseUrl', 'must be an address such as http://127.0.0.1:9000');
  }
  const url = new URL(baseUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/talk`;
  const accept = stream ? 'application/x-ndjson' : 'application/json';
  return {
    method: 'POST',
    url: url.href,
    body: JSON.stringify({ ...body, stream }),
    accept,
    fetch,
    signal,
    timeouts,
    readWhen,
    headers: async () => {
      const key = typeof apiKey === 'function' ? await apiKey() : apiKey;
      const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
      return {
        'content-type': 'application/json',
        accept,
        ...(key && { 'x-parrot-key': key }),
        ...Object.fromEntries(own),
      };
    },
  };
};

const reasons: ReadonlyMap<string, FinishReason> = new Map([
  ['done', 'stop'],
  ['full', 'length'],
  ['call', 'tool-calls'],
  ['hush', 'content-filter'],
]);

/** What an answer cost; what the server does not tell is `undefined`. */
const usageOf = (inputTokens: number | undefined, outputTokens: number | undefined, raw: unknown): Usage => ({
  inputTokens,
  outputTokens,
  totalTokens: inputTokens === undefined || outputTokens === undefined ? undefined : inputTokens + outputTokens,
  cachedInputTokens: undefined,
  cacheWriteTokens: undefined,
  reasoningTokens: undefined,
  audioInputTokens: undefined,
  audioOutputTokens: undefined,
  raw,
});

/** Maps the lines of one answer to deltas, in order. */
const parrotDeltas = (): ((line: ParrotLine) => readonly Delta[]) => {
  let hasStarted = false;
  let parts = 0;
  let open: { readonly kind: 'text' | 'reasoning'; readonly part: number } | undefined;

  const endPart = (out: Delta[]): void => {
    if (open) out.push({ type: 'part-end', choice: 0, part: open.part });
    open = undefined;
  };
  const piece = (kind: 'text' | 'reasoning', text: string | undefined, out: Delta[]): void => {
    if (text === undefined || text === '') return;
    if (open?.kind !== kind) {
      endPart(out);
      open = { kind, part: parts++ };
      out.push({ type: 'part-start', choice: 0, part: open.part, kind });
    }
    out.push({ type: kind, choice: 0, part: open.part, text });
  };

  return (line) => {
    const out: Delta[] = [];
    const { open: opening, think, say, call, close } = line;
    if (!hasStarted && (opening ?? think ?? say ?? call ?? close) !== undefined) {
      out.push({ type: 'start', id: opening?.id ?? '', model: opening?.model ?? '', attempt: 1, step: 0 });
      hasStarted = true;
    }
    piece('reasoning', think, out);
    piece('text', say, out);
    if (call) {
      endPart(out);
      const place = { choice: 0, part: parts++ };
      const { id, name, input } = call;
      out.push({ type: 'part-start', ...place, kind: 'tool-call' });
      out.push({
        type: 'tool-call',
        ...place,
        id,
        name,
        argumentsText: JSON.stringify(input),
        input: 'json',
        executedBy: 'client',
      });
      out.push({ type: 'part-end', ...place });
    }
    if (close) {
      endPart(out);
      out.push({ type: 'finish', choice: 0, reason: reasons.get(close.why) ?? 'other', raw: close.why });
      const { heard, said } = close;
      if ((heard ?? said) !== undefined) out.push({ type: 'usage', usage: usageOf(heard, said, close) });
    }
    return out;
  };
};

const frameOf = (line: object): Frame => ({
  kind: 'message',
  event: undefined,
  data: JSON.stringify(line),
  id: undefined,
});

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The server's word for a reason; the nearest, where it has none. */
const whyOf = (reason: FinishReason | undefined, raw = 'done'): string => {
  if (reason === 'other') return raw;
  if (reason === 'refusal') return 'hush';
  return [...reasons].find(([, known]) => known === reason)?.[0] ?? 'done';
};

const closeOf = (why: string, usage: Usage | undefined): object => ({
  close: { why, heard: usage?.inputTokens, said: usage?.outputTokens },
});

/** What the server sends for each delta of one answer. */
const encodeParrot = (): ((delta: Delta) => readonly Frame[]) => {
  const calls = new Map<number, { id: string; name: string; text: string; isOurs: boolean }>();
  let why = 'done';
  let usage: Usage | undefined;

  /** A call goes out whole; one that was cut off, or is no object, has no form here. */
  const endCall = (part: number): readonly Frame[] => {
    const { id, name, text, isOurs } = calls.get(part) ?? { id: '', name: '', text: '', isOurs: false };
    calls.delete(part);
    try {
      const input: unknown = JSON.parse(text === '' ? '{}' : text);
      return isOurs && isObject(input) ? [frameOf({ call: { id, name, input } })] : [];
    } catch {
      return [];
    }
  };

  return (delta) => {
    if ('choice' in delta && (delta.choice ?? 0) !== 0) return [];
    switch (delta.type) {
      case 'start':
        return [frameOf({ open: { id: delta.id, model: delta.model } })];
      case 'reasoning':
        return [frameOf({ think: delta.text })];
      case 'text':
      case 'refusal':
        return [frameOf({ say: delta.text })];
      case 'tool-call': {
        const before = calls.get(delta.part) ?? { id: '', name: '', text: '', isOurs: true };
        const { id = before.id, name = before.name, argumentsText = '', input, executedBy } = delta;
        const isOurs = input === 'json' && executedBy === 'client';
        calls.set(delta.part, { id, name, text: before.text + argumentsText, isOurs });
        return [];
      }
      case 'part-end':
        return calls.has(delta.part) ? endCall(delta.part) : [];
      case 'finish':
        why = whyOf(delta.reason, delta.raw);
        return [...calls.keys()].flatMap(endCall);
      case 'usage':
        usage = delta.usage;
        return [];
      // What it cost may come behind the stop reason, and both stand in one line.
      case 'end':
        return [frameOf(closeOf(why, usage))];
      default:
        return [];
    }
  };
};

/** The lines that say a part; `inputOf` gives what a call was made with, or nothing for one that is to be left out. */
const linesOf = (parts: readonly Part[], inputOf: (call: ToolCall) => object | undefined): readonly object[] =>
  parts.flatMap((part) => {
    if (part.kind === 'text' || part.kind === 'refusal') return [{ say: part.text }];
    if (part.kind === 'reasoning') return [{ think: part.text }];
    const input = part.kind === 'tool-call' ? inputOf(part) : undefined;
    return part.kind === 'tool-call' && input ? [{ call: { id: part.id, name: part.name, input } }] : [];
  });

const inputOf = (call: ToolCall): object | undefined =>
  call.status === 'complete' && isObject(call.arguments) ? call.arguments : undefined;

/** The answer in one piece: the same lines, in a list. */
const encodeWhole = ({ id, model, choices, usage }: Completion): object => {
  const [{ parts, finishReason }] = choices;
  return { lines: [{ open: { id, model } }, ...linesOf(parts, inputOf), closeOf(whyOf(finishReason), usage)] };
};

const faultIn = (json: unknown): ApiError | undefined => {
  const fault = isObject(json) && isObject(json['fault']) ? json['fault'] : undefined;
  // A proxy in front has errors of its own.
  if (fault === undefined) return readApiError(json);
  const code = typeof fault['code'] === 'string' ? fault['code'] : undefined;
  const about = typeof fault['about'] === 'string' ? fault['about'] : 'the server gave no reason';
  return new ApiError({ message: about, code });
};

const withTurn = (body: ParrotBody, ...turns: readonly object[]): ParrotBody => ({
  ...body,
  turns: [...((body.turns as ParrotBody['turns'] | undefined) ?? []), ...turns],
});

export const parrot: Dialect<ParrotBody, ParrotLine> = {
  name: 'parrot',
  framing: 'ndjson',
  terminal: 'stop-reason',
  request: (options) => parrotRequest(options, true),

  // Lines that the network is kept alive with, the last line, and errors.
  isHeartbeat: (frame) => frame.kind === 'heartbeat' || (frame.kind === 'message' && frame.data.trim() === ''),
  ending: (frame) => (frame.kind === 'message' && /^\s*\{\s*"close"\s*:/.test(frame.data) ? 'keep' : 'none'),
  errorIn: faultIn,

  // Everything else.
  chunk: ParrotLine,
  deltas: parrotDeltas,

  // The way back.
  encode: encodeParrot,
  encodeError: ({ code, providerMessage }) => [frameOf({ fault: { code, about: providerMessage } })],

  // An answer in one piece.
  nonStreaming: {
    request: (options) => parrotRequest(options, false),
    response: t.type({ lines: t.array(ParrotLine) }),
    deltas: ({ lines }: { readonly lines: readonly ParrotLine[] }) => [
      ...lines.flatMap(parrotDeltas()),
      { type: 'end' },
    ],
    encode: encodeWhole,
  },

  // What is put into a body.
  expectedChoices: () => 1,
  canPrefill: () => false,
  continueFrom: (options, { text }, way) => {
    const said = { who: 'parrot', lines: [{ say: text }] };
    const wish = { who: 'user', says: 'You were cut off. Go on with your very next character, and repeat nothing.' };
    return parrotRequest({ ...options, body: withTurn(options.body, said, ...(way === 'ask' ? [wish] : [])) }, true);
  },
  withMessage: (body, { role, content }) => {
    if (Array.isArray(content))
      throw new InvalidOptionError('content', 'must be text or a turn such as { says, picture }');
    const turn = { who: role, ...(typeof content === 'string' ? { says: content } : content) };
    if (role === 'user') return withTurn(body, turn);
    const turns = withTurn(body).turns as readonly { readonly who?: unknown }[];
    const others = turns.filter(({ who }) => who !== 'system');
    return { ...body, turns: [...turns.filter(({ who }) => who === 'system'), turn, ...others] };
  },
  withTools: (body, tools) => ({
    ...body,
    tools: [
      ...((body['tools'] ?? []) as readonly object[]),
      ...tools.map(({ name, description, inputSchema }) => ({ name, about: description, input: inputSchema })),
    ],
  }),
  nextStep: (body, parts, answers) => ({
    ...withTurn(
      body,
      { who: 'parrot', lines: linesOf(parts, (call) => inputOf(call) ?? {}) },
      ...answers.map(({ call, text, isError }) => ({ who: 'tool', call: call.id, says: text, failed: isError })),
    ),
  }),
};
