import type { Delta } from '../../src/deltas/Delta.ts';
import type { Dialect } from '../../src/dialects/Dialect.ts';
import { encodeFrame } from '../../src/frames/encodeFrame.ts';
import { encodeLine } from '../../src/frames/encodeLine.ts';
import { answer, type AnswerOptions } from '../../src/testing/answer.ts';
import type { Seen } from './judge.ts';

export interface ToolCallText {
  readonly id: string;
  readonly name: string;
  readonly arguments: readonly string[];
}

/** An answer that is known beforehand, and so can be judged. */
export interface FaultAnswer {
  readonly name: string;
  readonly pieces: readonly string[];
  readonly calls: readonly ToolCallText[];
  readonly usage?: AnswerOptions['usage'];
  readonly whole: Seen;
}

export const faultAnswer = (
  name: string,
  pieces: readonly string[],
  calls: readonly ToolCallText[] = [],
  usage: AnswerOptions['usage'] | null = { inputTokens: 3, outputTokens: 5 },
): FaultAnswer => ({
  name,
  pieces,
  calls,
  ...(usage && { usage }),
  whole: {
    text: pieces.join(''),
    runnable: calls.map((call) => ({ name: call.name, arguments: JSON.parse(call.arguments.join('')) as unknown })),
  },
});

/** The answer from its character `from` on, as a server sends it to somebody who has the rest. */
export const deltasOf = ({ pieces, calls, usage, whole }: FaultAnswer, from = 0): readonly Delta[] => {
  let at = 0;
  const rest = pieces.flatMap((piece) => {
    at += piece.length;
    return at <= from ? [] : [piece.slice(Math.max(0, from - (at - piece.length)))];
  });
  return answer({
    ...(whole.text !== '' && { text: rest }),
    toolCalls: calls,
    usage,
    id: 'a',
    model: 'm',
  });
};

/** The answer on the wire, frame by frame. */
export const framesOf = (dialect: Dialect, deltas: readonly Delta[], lineEnd = '\n'): readonly string[] => {
  const encode = dialect.encode();
  const isLines = dialect.framing === 'ndjson';
  const write = isLines ? encodeLine : encodeFrame;
  // A CR by itself ends no line of NDJSON.
  const end = isLines && lineEnd === '\r' ? '\n' : lineEnd;
  return deltas.flatMap((delta) => encode(delta).map((frame) => write(frame).replaceAll('\n', end)));
};

/** The wire of an answer, and what its reader has after how many bytes. */
export interface Wire {
  /** After how many bytes each frame ends, 0 first. */
  readonly ends: readonly number[];
  readonly bytes: number;
  /** From how many bytes on something of the answer itself has arrived. */
  readonly firstTokenBytes: number;
  /** From how many bytes on the answer is whole. */
  readonly finishBytes: number;
}

const token =
  /"tool_calls"|"tool_use"|_delta","(text|partial_json)"|"content":"[^"]|"parts":\[\{"text":"[^"]|"functionCall"|"function_call"|output_text\.delta"/;
const finish = /"(finish|stop|done)_reason":"|"finishReason":"|"type":"response\.completed"/;

export const wireOf = (dialect: Dialect, deltas: readonly Delta[], lineEnd = '\n'): Wire => {
  const frames = framesOf(dialect, deltas, lineEnd);
  let bytes = 0;
  const ends = [0, ...frames.map((frame) => (bytes += Buffer.byteLength(frame)))];
  const endOf = (pattern: RegExp): number => {
    const at = frames.findIndex((frame) => pattern.test(frame));
    const end = at < 0 ? Infinity : (ends[at + 1] as number);
    // Where the stream ends, the last line of NDJSON needs no line end.
    return dialect.framing === 'ndjson' ? end - (/\r?\n$/.exec(frames[at] ?? '')?.[0].length ?? 0) : end;
  };
  return { ends, bytes, firstTokenBytes: endOf(token), finishBytes: endOf(finish) };
};

/** Short, for the faults that are tried at every byte; not all of its characters are one byte long. */
export const shortText = faultAnswer('short text', ['Hé', ' 漢字'], [], null);
export const shortTool = faultAnswer('short tool', [], [{ id: 'c', name: 'f', arguments: ['{"q":1}'] }], null);

/** Long enough for a model to repeat some of it when it is asked to go on. */
export const longText = faultAnswer('text', [
  'Rain ',
  'fell on ',
  'the slate roofs, ',
  '漢字 and “quotes” ',
  'stood\nin two lines ',
  'until the very end.',
]);
export const twoTools = faultAnswer(
  'tools',
  [],
  [
    { id: 'call_1', name: 'weather', arguments: ['{"city":', '"Zürich",', '"days":3}'] },
    { id: 'call_2', name: 'now', arguments: ['{}'] },
  ],
);
export const textAndTwoTools = faultAnswer('text and two tools', ['Let me ', 'look.'], twoTools.calls);
export const textAndTool = faultAnswer(
  'text and tool',
  ['Let me ', 'look that up ', 'for you.'],
  [{ id: 'call_1', name: 'weather', arguments: ['{"city":', '"Zürich"}'] }],
);
