import { from, type Observable } from 'rxjs';
import { accumulateDelta, decodeDeltas, decodeFrames, type Delta, type Usage } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { openAiChat } from 'rxllm/openai';

import { workedMs } from '../support/workedMs.ts';

const msOf = (source: Observable<unknown>): number => {
  const start = workedMs();
  source.subscribe({ error: () => undefined });
  return workedMs() - start;
};

/**
 * Fails where four times the input costs far more than four times the work. A cost that grows with the square
 * would be 16 times. The shortest of several runs counts: what else the machine does only ever adds.
 */
const expectInProportion = (count: number, work: (count: number) => Observable<unknown>): void => {
  let once = Infinity;
  let fourfold = Infinity;
  for (let run = 0; run < 8; run += 1) {
    once = Math.min(once, msOf(work(count)));
    fourfold = Math.min(fourfold, msOf(work(4 * count)));
    if (run > 0 && fourfold < 6 * once + 20) return;
  }
  expect(fourfold).toBeLessThan(6 * once + 20);
};

const times = <T>(count: number, item: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => item(index));

const place = { choice: 0, part: 0 };
const text = (part = 0): Delta => ({ type: 'text', choice: 0, part, text: '0123456789' });
const fragment: Delta = {
  type: 'tool-call',
  ...place,
  argumentsText: '0123456789',
  input: 'json',
  executedBy: 'client',
};
const finish: Delta = { type: 'finish', choice: 0, reason: 'stop', raw: 'stop' };
const token = { token: 'a', bytes: [97], logprob: -1, topLogprobs: [] };

const accumulated = (deltas: Iterable<Delta>) => from(deltas).pipe(accumulateDelta());

describe('the cost of an answer is in proportion to it', () => {
  const growing: readonly (readonly [what: string, count: number, deltas: (count: number) => readonly Delta[]])[] = [
    ['text', 20_000, (count) => times(count, () => text())],
    ['text in the first of two parts', 2_500, (count) => [text(), text(1), ...times(count, () => text())]],
    ['text in two parts, by turns', 2_500, (count) => times(count, (index) => text(index % 2))],
    ['arguments of a tool', 20_000, (count) => times(count, () => fragment)],
    [
      'log probabilities',
      20_000,
      (count) => times(count, () => ({ type: 'logprobs', choice: 0, content: [token], refusal: [] })),
    ],
    [
      'audio',
      20_000,
      (count) =>
        times(count, () => ({
          type: 'audio',
          ...place,
          id: 'a',
          data: 'AAAA',
          transcript: 'a',
          expiresAtS: undefined,
        })),
    ],
    [
      'citations',
      20_000,
      (count) =>
        times(count, () => ({
          type: 'citation',
          ...place,
          citation: { url: 'a', title: undefined, citedText: undefined, raw: 'a' },
        })),
    ],
    [
      'text of a hundred choices',
      5_000,
      (count) => times(count, (index) => ({ ...text(), choice: index % 100 }) as Delta),
    ],
  ];

  it.each(growing)('%s', (_, count, deltas) => {
    const lists = new Map([count, 4 * count].map((size) => [size, deltas(size)]));

    expectInProportion(count, (size) => accumulated(lists.get(size) ?? []));
  });

  it('usage after every piece of the last of two thousand steps', () => {
    let reads = 0;
    const usage = {
      get inputTokens() {
        return (reads += 1);
      },
    } as unknown as Usage;
    const steps = times(2_000, (step): readonly Delta[] => [
      { type: 'start', id: 'a', model: 'm', attempt: 1, step },
      { type: 'usage', usage },
    ]);
    accumulated([...steps.flat(), ...times(2_000, (): Delta => ({ type: 'usage', usage }))]).subscribe();

    // Adding all steps up with every report would be four million.
    expect(reads).toBeLessThan(20_000);
  });

  it('arguments with a stop reason after every fragment', () => {
    const { parse } = JSON;
    let parsedChars = 0;
    JSON.parse = (json: string, ...rest) => {
      parsedChars += json.length;
      return parse(json, ...rest);
    };
    try {
      accumulated(times(1_000, () => [fragment, finish]).flat()).subscribe();
    } finally {
      JSON.parse = parse;
    }

    // The arguments are 10,000 characters in the end; reading them after every fragment would be five million.
    expect(parsedChars).toBeLessThan(50_000);
  });

  it('two hundred thousand deltas', () => {
    let length = 0;
    accumulated(times(200_000, () => text())).subscribe((completion) => (length = completion.text.length));

    expect(length).toBe(2_000_000);
  });
});

describe('the cost of reading is in proportion to what is read', () => {
  const slicesOf = (whole: string, size: number): readonly Uint8Array[] => {
    const bytes = new TextEncoder().encode(whole);
    return times(Math.ceil(bytes.length / size), (index) => bytes.subarray(index * size, (index + 1) * size));
  };

  const frame = 'data: {"choices":[{"delta":{"content":"x"}}]}\n\n';
  const bodies: readonly (readonly [
    what: string,
    count: number,
    slices: (count: number) => readonly (string | Uint8Array)[],
  ])[] = [
    ['frames in one slice', 5_000, (count) => [frame.repeat(count)]],
    ['frames in many slices', 5_000, (count) => times(count, () => frame)],
    ['frames byte by byte', 500, (count) => slicesOf(frame.repeat(count), 1)],
    ['one line in small slices', 20_000, (count) => slicesOf(`data: ${'x'.repeat(count * 4)}\n\n`, 4)],
    ['one frame of many lines', 50_000, (count) => ['data: x\n'.repeat(count), '\n']],
    ['one frame of many lines in small slices', 20_000, (count) => slicesOf(`${'data: x\n'.repeat(count)}\n`, 5)],
    ['comments', 20_000, (count) => [': hi\n'.repeat(count)]],
    ['fields that nobody knows', 4_000, (count) => ['foo: bar\n'.repeat(count)]],
    ['an endless line that is no field', 20_000, (count) => slicesOf('x'.repeat(4 * count), 4)],
    ['bare JSON lines', 5_000, (count) => ['{"a":1}\n'.repeat(count)]],
    ['bare JSON lines that end in CR LF', 1_000, (count) => ['{"a":1}\r\n'.repeat(count)]],
    ['bare JSON lines that end in CR', 5_000, (count) => ['{"a":1}\r'.repeat(count)]],
    ['a bare JSON line in small slices', 20_000, (count) => slicesOf(`{"a":"${'x'.repeat(4 * count)}"}\n`, 4)],
    ['line ends alone', 50_000, (count) => ['\r\n'.repeat(count)]],
  ];

  it.each(bodies)('%s', (_, count, slices) => {
    const lists = new Map([count, 4 * count].map((size) => [size, slices(size)]));

    expectInProportion(count, (size) => from(lists.get(size) ?? []).pipe(decodeFrames()));
  });

  it('frames of a chat answer', () => {
    expectInProportion(5_000, (count) => from([frame.repeat(count)]).pipe(decodeDeltas(openAiChat), accumulateDelta()));
  });

  it('events of a messages answer', () => {
    const data = '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}';
    const start =
      'data: {"type":"message_start","message":{"id":"a","model":"m"}}\n\n' +
      'data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n';

    expectInProportion(5_000, (count) =>
      from([start, `data: ${data}\n\n`.repeat(count)]).pipe(decodeDeltas(anthropicMessages), accumulateDelta()),
    );
  });
});
