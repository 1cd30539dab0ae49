import { concat, map, take, timestamp } from 'rxjs';
import { accumulateDelta, decodeDeltas, decodeFrames, retryWithBackoff } from 'rxllm';
import { openAiChat } from 'rxllm/openai';
import { fromRecording, recordFrames } from 'rxllm/testing';

import { ending } from '../support/provider.ts';
import { marbles } from '../support/marbles.ts';
import { record } from '../support/record.ts';

const url = 'http://fake.test/v1/chat/completions';
const header = { rxllm: 'recording', version: 1 };
const request = (id = 1) => ({ id, type: 'request', method: 'POST', url });
const head = (afterMs: number, id = 1, status = 200, headers = {}) => ({ id, type: 'head', afterMs, status, headers });
const text = (said: string, afterMs: number, id = 1) => ({ id, type: 'bytes', afterMs, text: said });
const end = (how: string, afterMs = 0, id = 1, fields = {}) => ({ id, type: 'end', afterMs, how, ...fields });
const lines = (...list: readonly object[]): string[] => [header, ...list].map((line) => JSON.stringify(line));

const said = map((bytes: Uint8Array) => new TextDecoder().decode(bytes));
const letters = lines(request(), head(10), text('a', 5), text('b', 0), text('c', 7), end('complete', 3));

describe('fromRecording', () => {
  it(
    'plays to the millisecond',
    marbles(({ expectObservable }) => {
      // The values of a group share a millisecond, and take one each to write.
      expectObservable(fromRecording(letters).pipe(said)).toBe('15ms (ab) 3ms c 2ms |');
    }),
  );

  it(
    'plays as many times as fast as told, and hours in no time',
    marbles(({ expectObservable }) => {
      const hours = lines(request(), head(0), text('a', 3_600_000), text('b', 3_600_000), end('complete'));
      expectObservable(fromRecording(letters, { speed: 0.5 }).pipe(said)).toBe('30ms (ab) 10ms c 5ms |');
      expectObservable(fromRecording(letters, { speed: Infinity }).pipe(said)).toBe('(abc|)');
      expectObservable(fromRecording(hours).pipe(said)).toBe('3600000ms a 3599999ms (b|)');
      expectObservable(fromRecording(hours, { speed: 3_600 }).pipe(said)).toBe('1000ms a 999ms (b|)');
    }),
  );

  it(
    'is left without a trace',
    marbles(({ expectObservable }) => {
      expectObservable(fromRecording(letters).pipe(said), '^ 16ms !').toBe('15ms (ab)');
      expectObservable(fromRecording(letters).pipe(said, take(1))).toBe('15ms (a|)');
    }),
  );

  it('is synchronous at once, for a consumer that takes one, too', () => {
    expect(record(fromRecording(letters, { speed: Infinity }).pipe(said))).toEqual({
      values: ['a', 'b', 'c'],
      ending: 'complete',
    });
    expect(record(fromRecording(letters, { speed: Infinity }).pipe(said, take(1)))).toEqual({
      values: ['a'],
      ending: 'complete',
    });
  });

  it(
    'gives each subscription the next response, and an error beyond the last',
    marbles(({ expectObservable }) => {
      const two = lines(
        ...[request(1), head(0, 1), text('a', 1, 1), end('complete', 0, 1)],
        ...[request(2), head(0, 2), text('b', 2, 2), end('complete', 0, 2)],
      );
      const replay = fromRecording(two).pipe(said);
      expectObservable(concat(replay, replay, replay)).toBe(
        '-a-(b#)',
        undefined,
        expect.objectContaining({ _tag: 'HttpError', status: 404, code: 'not_recorded', isRetryable: false }),
      );
    }),
  );

  it(
    'fails as the recorded network did',
    marbles(({ expectObservable }) => {
      const reset = { name: 'TypeError', message: 'read ECONNRESET', code: 'ECONNRESET' };
      const early = lines(request(), end('failed', 2, 1, reset));
      const late = lines(request(), head(0), text('a', 1), end('failed', 2, 1, reset));
      const stopped = lines(request(), head(0), text('a', 1));
      const left = lines(request(), head(0), text('a', 1), end('left', 40));
      const error = (_tag: string, fields: object) => expect.objectContaining({ _tag, ...fields });

      expectObservable(fromRecording(early)).toBe(
        '--#',
        undefined,
        error('NetworkError', { phase: 'connect', code: 'ECONNRESET', url }),
      );
      expectObservable(fromRecording(late).pipe(said)).toBe(
        '-a-#',
        undefined,
        error('NetworkError', { phase: 'body', code: 'ECONNRESET' }),
      );
      expectObservable(fromRecording(stopped).pipe(said)).toBe(
        '-(a#)',
        undefined,
        error('NetworkError', { message: expect.stringContaining('the recording ends here') }),
      );
      // A second more than the client waited, so that a clock of the reader's rings first.
      expectObservable(fromRecording(left).pipe(said)).toBe('-a 1039ms #', undefined, error('AbortedError', {}));
    }),
  );

  it(
    'runs a retry through, each wait as it would be',
    marbles(({ flush }) => {
      const chunk = (content: string, reason: string | null) =>
        `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: reason }] })}\n\n`;
      const recording = lines(
        request(1),
        head(100, 1, 429, { 'retry-after-ms': '5000', 'x-request-id': 'req_1' }),
        text('{"error":{"message":"slow down","code":"rate_limit_exceeded"}}', 10, 1),
        end('complete', 0, 1),
        request(2),
        head(200, 2),
        text(chunk('Hi', null), 50, 2),
        text(chunk('!', 'stop') + 'data: [DONE]\n\n', 40, 2),
        end('left', 1, 2),
      );
      const seen: (readonly [atMs: number, text: string])[] = [];
      fromRecording(recording)
        .pipe(decodeDeltas(openAiChat), retryWithBackoff({ random: () => 0 }), accumulateDelta(), timestamp())
        .subscribe(({ timestamp: atMs, value }) => seen.push([atMs, `${value.text}${value.ended ? ' (whole)' : ''}`]));
      flush();

      // The first is told of the retry, which waits for as long as the server asked.
      expect(seen.filter(([, so], at) => so !== seen[at - 1]?.[1])).toEqual([
        [110, ''],
        [5_360, 'Hi'],
        [5_400, 'Hi!'],
        [5_400, 'Hi! (whole)'],
      ]);
    }),
  );

  it('plays what recordFrames wrote', async () => {
    const written: string[] = [];
    const fetch = recordFrames((line) => written.push(line), {
      fetch: () => Promise.resolve(new Response(': hi\n\ndata: 1\n\n')),
    });
    await (await fetch(url)).text();
    const { values } = await ending(fromRecording(written).pipe(decodeFrames()));

    expect(values.map(({ kind }) => kind)).toEqual(['heartbeat', 'message']);
  });

  it('has no state but how far the recording is played', () => {
    const two = [1, 2].map(() => record(fromRecording(letters, { speed: Infinity }).pipe(said)).values);

    expect(two).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ]);
  });
});
