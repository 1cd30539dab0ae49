import fc from 'fast-check';
import { concat, EMPTY, from, map, NEVER, of, pipe, Subject, take, throwError } from 'rxjs';
import {
  ChunkParseError,
  decodeDeltas,
  type DecodeDeltasOptions,
  decodeFrames,
  decodeLines,
  type Delta,
  type Dialect,
  filterHeartbeat,
  InvalidOptionError,
  NetworkError,
  parseChunk,
  takeUntilDone,
  toDeltas,
  TruncatedError,
} from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { ollama } from 'rxllm/ollama';
import { openAiChat } from 'rxllm/openai';

import { end, finish, partEnd, partStart, start, text } from '../support/deltas.ts';
import { cut, utf8 } from '../support/frames.ts';
import { marbles } from '../support/marbles.ts';
import { endless, expectNoUncaughtError, record, thrownBy } from '../support/record.ts';

const data = (json: unknown): string => `data: ${JSON.stringify(json)}\n\n`;
const piece = (content: string): string => data({ id: 'a1', model: 'm', choices: [{ index: 0, delta: { content } }] });
const stop = data({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
const done = 'data: [DONE]\n\n';

const answer = [start(), partStart(0, 'text'), text(0, 'Hi'), partEnd(0), finish('stop'), end];

describe('decodeDeltas', () => {
  expectNoUncaughtError();

  it(
    'completes at the marker, and leaves the source without waiting for the server',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot(' -a--b--c--d-|', { a: `: hi\n\n${stop}`, b: 'data: [DO', c: 'NE]\n\n', d: piece('late') });
      const subs = '       ^------!     ';
      const expected = '   -(sf)--(e|)';

      expectObservable(source.pipe(decodeDeltas(openAiChat))).toBe(expected, {
        s: start('', ''),
        f: finish('stop'),
        e: end,
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it(
    'leaves the source when the consumer leaves',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-a-', { a: utf8(stop) });
      const unsub = '      --!  ';
      const subs = '       ^-!  ';

      expectObservable(source.pipe(decodeDeltas(openAiChat), take(9)), unsub).toBe('-(sf)', {
        s: start('', ''),
        f: finish('stop'),
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    }),
  );

  it('stays silent over a silent source', () => {
    expect(record(NEVER.pipe(decodeDeltas(openAiChat)))).toEqual({ values: [], ending: 'none' });
  });

  it('makes a TruncatedError of an empty source', () => {
    expect(record(EMPTY.pipe(decodeDeltas(openAiChat))).error).toBeInstanceOf(TruncatedError);
  });

  it('gives what came before a fault in the same slice', () => {
    const { values, error } = record(of(`${piece('Hi')}data: oops\n\n${stop}`).pipe(decodeDeltas(openAiChat)));

    expect(values).toEqual(answer.slice(0, 3));
    expect(error).toBeInstanceOf(ChunkParseError);
  });

  it('reads nothing behind the marker, not even a fault', () => {
    const bytes = `${piece('Hi')}${stop}${done}data: oops\n\n${piece('late')}`;

    expect(record(of(bytes).pipe(decodeDeltas(openAiChat)))).toEqual({ values: answer, ending: 'complete' });
  });

  it('pulls no more of a synchronous source than is taken, and none behind the marker', () => {
    const pieces = endless(piece('a'));
    const markers = endless(stop + done);
    record(from(pieces.source).pipe(decodeDeltas(openAiChat), take(4)));
    record(from(markers.source).pipe(decodeDeltas(openAiChat)));

    expect([pieces.pulled(), markers.pulled()]).toEqual([2, 1]);
  });

  it('keeps two subscriptions apart', () => {
    const bytes = piece('Hi') + stop + done;
    const source = from(cut(bytes, [20, 60])).pipe(decodeDeltas(openAiChat));

    expect(record(source)).toEqual({ values: answer, ending: 'complete' });
    expect(record(source)).toEqual({ values: answer, ending: 'complete' });
  });

  it('keeps the order of slices that are fed in from inside the consumer', () => {
    const source = new Subject<string>();
    const seen: Delta[] = [];
    source.pipe(decodeDeltas(openAiChat)).subscribe((delta) => {
      if (seen.push(delta) === 1) for (const slice of [stop, done, piece('late')]) source.next(slice);
    });
    source.next(piece('Hi'));

    expect(seen).toEqual(answer);
    expect(source.observed).toBe(false);
  });

  it('fails, and leaves the source, when the consumer throws', () => {
    const source = new Subject<string>();
    const errors: string[] = [];
    const consumer = map(({ type }: Delta) => {
      throw new Error(type);
    });
    source.pipe(decodeDeltas(openAiChat), consumer).subscribe({ error: ({ message }: Error) => errors.push(message) });
    source.next(piece('Hi'));

    expect(errors).toEqual(['start']);
    expect(source.observed).toBe(false);
  });

  it('passes an error of the source on, but not once the answer is whole', () => {
    const broken = throwError(() => new NetworkError({ url: 'http://host/', code: 'ECONNRESET', phase: 'body' }));
    const decoded = (bytes: string) => record(concat(of(bytes), broken).pipe(decodeDeltas(openAiChat)));

    expect(decoded(piece('Hi'))).toMatchObject({ values: answer.slice(0, 3), error: { _tag: 'NetworkError' } });
    expect(decoded(piece('Hi') + stop)).toEqual({ values: answer, ending: 'complete' });
  });

  it('throws at the call for bad options', () => {
    expect(thrownBy(() => decodeDeltas(openAiChat, { maxFrameChars: 0 }))).toBeInstanceOf(InvalidOptionError);
    expect(thrownBy(() => decodeDeltas(openAiChat, { expectedChoices: 0 }))).toBeInstanceOf(InvalidOptionError);
  });

  describe('ends honestly', () => {
    const reset = new NetworkError({ url: 'http://host/', code: 'ECONNRESET', phase: 'body' });

    type Row = readonly [
      terminal: Dialect['terminal'],
      finish: '' | 'finish',
      marker: '' | 'marker',
      ending: 'eof' | 'reset',
      expected: string,
    ];
    it.each<Row>([
      ['stop-reason', '', '', 'eof', 'TruncatedError: stop-reason'],
      ['stop-reason', '', '', 'reset', 'NetworkError'],
      ['stop-reason', '', 'marker', 'eof', 'TruncatedError: stop-reason'],
      ['stop-reason', '', 'marker', 'reset', 'TruncatedError: stop-reason'],
      ['marker', '', '', 'eof', 'TruncatedError: marker'],
      ['marker', '', '', 'reset', 'NetworkError'],
      ['marker', '', 'marker', 'eof', 'end'],
      ['marker', '', 'marker', 'reset', 'end'],
      ['eof', '', '', 'eof', 'end'],
      ['eof', '', '', 'reset', 'NetworkError'],
      ['eof', '', 'marker', 'eof', 'end'],
      ['eof', '', 'marker', 'reset', 'end'],
      // Once the stop reason has come, any ending will do.
      ...(['stop-reason', 'marker', 'eof'] as const).flatMap((terminal) =>
        (['', 'marker'] as const).flatMap((marker) =>
          (['eof', 'reset'] as const).map((ending): Row => [terminal, 'finish', marker, ending, 'end']),
        ),
      ),
    ])('terminal %s, seen "%s" and "%s", then %s: %s', (terminal, finished, marker, ending, expected) => {
      const bytes = piece('Hi') + (finished && stop) + (marker && done);
      const source = concat(of(bytes), ending === 'eof' ? EMPTY : throwError(() => reset));
      const { values, error } = record(source.pipe(decodeDeltas({ ...openAiChat, terminal })));
      const { _tag, missing } = (error ?? {}) as { _tag?: string; missing?: string };

      expect(values.slice(0, 3)).toEqual(answer.slice(0, 3));
      expect(_tag === undefined ? values.at(-1)?.type : [_tag, missing].filter(Boolean).join(': ')).toBe(expected);
    });
  });

  describe('beside the five operators it stands for', () => {
    const five = (dialect: Dialect, options: DecodeDeltasOptions) =>
      pipe(
        dialect.framing === 'ndjson' ? decodeLines(options) : decodeFrames(options),
        filterHeartbeat(dialect),
        takeUntilDone(dialect),
        parseChunk(dialect, options),
        toDeltas(dialect, options),
      );

    const openAi = [
      piece('a'),
      piece('漢🎉'),
      stop,
      done,
      ': hi\n\n',
      'event: ping\n\n',
      '{"error":{"message":"x"}}\n',
    ];
    const anthropic = [
      data({ type: 'message_start', message: { id: 'a1', model: 'm' } }),
      data({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
      data({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: '漢' } }),
      data({ type: 'ping' }),
      data({ type: 'content_block_stop', index: 0 }),
      data({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } }),
      data({ type: 'message_stop' }),
    ];
    const lines = [
      '{"model":"m","message":{"content":"漢🎉"},"done":false}\n',
      '{"message":{"thinking":"a"}}\r\n',
      '{"done":true,"eval_count":1}\n',
      '{"done":true}',
      '{"error":"x"}\n',
      '{"message":{"con',
      '\n',
    ];
    const common = [
      'data: oops\n\n',
      'data: 5\n\n',
      data({ error: { message: 'x' } }),
      'event: error\ndata: x\n\n',
      'data:\n\n',
    ];
    const options = fc.record<DecodeDeltasOptions>({
      maxFrameChars: fc.constantFrom(undefined, 40, 1_000),
      onInvalid: fc.constantFrom(undefined, 'error', 'skip'),
      expectedChoices: fc.constantFrom(undefined, 1, 2),
    });
    const terminals = fc.constantFrom('stop-reason' as const, 'marker' as const, 'eof' as const);

    it.each<[string, Dialect, readonly string[]]>([
      ['openai-chat', openAiChat, openAi],
      ['anthropic-messages', anthropicMessages, anthropic],
      ['ollama', ollama, lines],
    ])('gives the same for %s, whatever comes and however it is cut', (_, dialect, good) => {
      const frames = fc.array(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...good) }, fc.constantFrom(...common)));
      fc.assert(
        fc.property(frames, fc.array(fc.nat()), options, terminals, (list, offsets, chosen, terminal) => {
          const slices = cut(utf8(list.join('')), offsets);
          const preset = { ...dialect, terminal };
          expect(record(from(slices).pipe(decodeDeltas(preset, chosen)))).toEqual(
            record(from(slices).pipe(five(preset, chosen))),
          );
        }),
        { numRuns: 500 },
      );
    });
  });
});
