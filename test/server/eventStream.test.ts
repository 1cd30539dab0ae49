import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { from } from 'rxjs';
import { encodeFrame, InvalidOptionError, type MessageFrame } from 'rxllm';
import { memoryLog } from 'rxllm/log';
import { type Encoder, toResponse } from 'rxllm/server';

import { eventStream } from '../support/eventStream.ts';

const nasty = fc.constantFrom(
  '\r',
  '\n',
  '\r\n',
  '\0',
  ' ',
  ':',
  '\ufeff',
  '\u2028',
  '\u2029',
  '\u0085',
  '\v',
  'data: ',
  'id: 7',
  'event: x',
  'retry: 1',
  '😀',
  'é',
);
const text = fc.array(fc.oneof(nasty, fc.string()), { maxLength: 6 }).map((parts) => parts.join(''));
const eventName = fc.string({ unit: fc.constantFrom('a', ' ', ':', '😀', '\u2028'), minLength: 1, maxLength: 4 });
const frames = fc.array(
  fc.record({
    kind: fc.constant('message' as const),
    event: fc.option(eventName, { nil: undefined }),
    data: text,
    id: fc.constant(undefined),
  }),
  { minLength: 1, maxLength: 6 },
);

/** Sends frames as they are. */
const asIs: Encoder<MessageFrame> = { resumeBy: 'place', writer: () => ({ write: (frame) => [frame], end: () => [] }) };

const sent = async (all: readonly MessageFrame[], retryMs?: number): Promise<string> => {
  const log = memoryLog<MessageFrame>();
  const { ended } = await log.start('a', from(all));
  await ended;
  return toResponse(await log.open('a'), asIs, { retryMs }).text();
};

/** Data as it arrives: an event stream has one kind of line end. */
const arrived = (data: string): string => data.replace(/\r\n|\r/g, '\n');
// An event name is read without the space that stands before it.
const expected = (all: readonly MessageFrame[]): readonly { type: string; data: string; lastEventId: string }[] =>
  all.map(({ event, data }, at) => ({ type: event ?? 'message', data: arrived(data), lastEventId: `1-${at + 1}` }));

const parsed = (pieces: readonly string[]): readonly { type: string; data: string; lastEventId: string }[] => {
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => void events.push(event) });
  for (const piece of pieces) parser.feed(piece);
  return events.map(({ event, data, id }) => ({ type: event ?? 'message', data, lastEventId: id ?? '' }));
};

describe('a response', () => {
  it('is read by the letter of the standard as what was sent, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(frames, async (all) => {
        const { events, strays, comments, retryMs } = eventStream(await sent(all));

        expect(events).toEqual(expected(all));
        expect({ strays, comments, retryMs }).toEqual({ strays: [], comments: [''], retryMs: undefined });
      }),
      { numRuns: 500 },
    );
  });

  it('is read the same by eventsource-parser, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(frames, fc.array(fc.nat()), async (all, cuts) => {
        const whole = await sent(all);
        const edges = [...new Set([0, ...cuts.map((cut) => cut % (whole.length + 1)), whole.length])].sort(
          (a, b) => a - b,
        );

        expect(parsed(edges.slice(1).map((edge, at) => whole.slice(edges[at], edge)))).toEqual(expected(all));
      }),
      { numRuns: 500 },
    );
  });

  it('says when to come again only where it is told to', async () => {
    const all = [{ kind: 'message', event: undefined, data: 'x', id: undefined }] as const;

    expect(eventStream(await sent(all, 2_500)).retryMs).toBe(2_500);
    expect(eventStream(await sent(all, 0)).retryMs).toBe(0);
  });

  it('cuts a long text nowhere within a character', async () => {
    const data = `x${'😀'.repeat(100_000)}`;

    expect(eventStream(await sent([{ kind: 'message', event: undefined, data, id: undefined }])).events[0]?.data).toBe(
      data,
    );
  });
});

describe('an event or an id', () => {
  it('with CR, LF or NUL in it is written by nobody', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom('\r', '\n', '\0'),
        fc.string(),
        fc.constantFrom('event', 'id'),
        (a, bad, b, field) => {
          const frame = {
            kind: 'message',
            event: undefined,
            data: 'x',
            id: undefined,
            [field]: `${a}${bad}${b}`,
          } as const;

          expect(() => encodeFrame(frame)).toThrow(InvalidOptionError);
        },
      ),
    );
  });
});
