import fc from 'fast-check';
import { EMPTY, from, of } from 'rxjs';
import { type Cursor, createLog, memoryDriver, memoryLog, type StreamLog } from 'rxllm/log';
import { type Encoder, encodeDeltas, encodeOpenAiResponses, toResponse } from 'rxllm/server';
import { answer } from 'rxllm/testing';

import { type DispatchedEvent, eventStream } from '../support/eventStream.ts';
import { frame, testEncoder, type TestEvent } from '../support/testEncoders.ts';

const heard = async <T>(
  log: StreamLog<T>,
  encoder: Encoder<T>,
  after?: string,
): Promise<readonly DispatchedEvent[]> => {
  const response = toResponse(await log.open('a', after as Cursor | undefined), encoder);
  return response.status === 204 ? [] : eventStream(await response.text()).events;
};

/** What a client has made of the frames: pieces of text that follow one another are one. */
const made = (events: readonly DispatchedEvent[]): string =>
  events
    .map(({ type, data }) => (data.startsWith('text ') ? (JSON.parse(data.slice(5)) as string) : `[${type} ${data}]`))
    .join('');

const events = fc.array(
  fc.oneof(
    fc.record({
      text: fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('a', 'b', 'c', '\n', '\r', '😀') }),
    }),
    fc.record({ frames: fc.integer({ min: 0, max: 4 }) }),
  ),
  { maxLength: 12 },
);
const encoders = fc.record({
  resumeBy: fc.constantFrom('place' as const, 'history' as const),
  canJoin: fc.boolean(),
  endFrames: fc.integer({ min: 1, max: 3 }),
});
/** A log that was written in rows of a few. */
const logged = async (all: readonly TestEvent[]): Promise<StreamLog<TestEvent>> => {
  const log = memoryLog<TestEvent>();
  const { ended } = await log.start('a', from(all));
  await ended;
  return log;
};

describe('a place in a response', () => {
  it('is one behind which the next response has exactly the rest, wherever it is', async () => {
    await fc.assert(
      fc.asyncProperty(events, encoders, async (all, options) => {
        const log = await logged(all);
        const encoder = testEncoder(options);
        const whole = await heard(log, encoder);
        for (const [at, { lastEventId }] of whole.entries()) {
          const rest = await heard(log, encoder, lastEventId);

          expect(made([...whole.slice(0, at + 1), ...rest])).toBe(made(whole));
          expect(rest.at(-1)?.lastEventId ?? lastEventId).toBe(whole.at(-1)?.lastEventId);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('is still one in a response that began at a place itself, as often as the client comes again', async () => {
    await fc.assert(
      fc.asyncProperty(
        events,
        encoders,
        fc.array(fc.nat({ max: 3 }), { maxLength: 40 }),
        async (all, options, cuts) => {
          const log = await logged(all);
          const encoder = testEncoder(options);
          const whole = await heard(log, encoder);
          const got: DispatchedEvent[] = [];
          for (const cut of cuts) got.push(...(await heard(log, encoder, got.at(-1)?.lastEventId)).slice(0, cut));
          got.push(...(await heard(log, encoder, got.at(-1)?.lastEventId)));

          expect(made(got)).toBe(made(whole));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is named by each frame, and no name is given twice', async () => {
    await fc.assert(
      fc.asyncProperty(events, encoders, async (all, options) => {
        const ids = (await heard(await logged(all), testEncoder(options))).map(({ lastEventId }) => lastEventId);

        expect(new Set(ids).size).toBe(ids.length);
        for (const id of ids) expect(id).toMatch(/^\d+-\d+(\.\d+)?$/);
      }),
    );
  });

  it('does not matter to a protocol that cannot be joined in the middle: all of it comes again', async () => {
    await fc.assert(
      fc.asyncProperty(events, async (all) => {
        const log = await logged(all);
        const encoder = testEncoder({ resumeBy: 'start', endFrames: 2 });
        const whole = await heard(log, encoder);
        for (const { lastEventId } of whole) expect(await heard(log, encoder, lastEventId)).toEqual(whole);
      }),
      { numRuns: 50 },
    );
  });

  it('is found by frames that were seen, where the client names it so', async () => {
    const log = await logged([{ frames: 2 }, { text: 'a' }, { text: 'b' }, { frames: 1 }]);
    const encoder = testEncoder({ resumeBy: 'history' });
    const whole = await heard(log, encoder);
    const unjoined = await heard(log, testEncoder({ resumeBy: 'history', canJoin: false }));
    for (let seen = 0; seen <= unjoined.length; seen += 1) {
      let count = 0;
      const isSeen = (): boolean => (count += 1) <= seen;
      const { events: rest } = eventStream(await toResponse(await log.open('a'), encoder, { isSeen }).text());

      expect(made([...unjoined.slice(0, seen), ...rest])).toBe(made(whole));
    }
  });
});

describe('a place that a client names twice', () => {
  it('is the later of the two', async () => {
    const log = memoryLog();
    const { ended } = await log.start('a', from(answer({ text: ['a', 'b', 'c', 'd'] })));
    await ended;
    const { join: _, ...encoder } = encodeOpenAiResponses();
    const idsOf = async (after?: string, startingAfter = -1): Promise<readonly string[]> => {
      const query = startingAfter < 0 ? '' : `?starting_after=${startingAfter}`;
      const isSeen = encoder.seenBy(new Request(`http://chat.test/a${query}`));
      const reader = await log.open('a', after as Cursor | undefined);
      return eventStream(await toResponse(reader, encoder, { isSeen }).text()).events.map(
        ({ lastEventId }) => lastEventId,
      );
    };
    const ids = await idsOf();

    for (const [place, id] of ids.slice(0, -1).entries()) {
      for (const number of ids.keys()) {
        expect(await idsOf(id, number)).toEqual(ids.slice(Math.max(place, number) + 1));
      }
    }
  });
});

describe('an answer at its end', () => {
  it('is 204 for who has had all of it, and its last frames for who has not', async () => {
    const log = await logged([{ text: 'a' }]);
    for (const resumeBy of ['place', 'history'] as const) {
      const encoder = testEncoder({ resumeBy, endFrames: 3 });
      const whole = await heard(log, encoder);
      const answers = whole.map(async ({ lastEventId }) =>
        toResponse(await log.open('a', lastEventId as Cursor), encoder),
      );
      const statuses = (await Promise.all(answers)).map(({ status }) => status);

      expect(statuses).toEqual([...whole.slice(1).map(() => 200), 204]);
    }
  });

  it('is 200 for a protocol that is sent as a whole', async () => {
    const log = await logged([{ text: 'a' }]);
    const reader = await log.open('a', '1-2' as Cursor);

    expect(toResponse(reader, testEncoder({ resumeBy: 'start' })).status).toBe(200);
  });

  it('is its ending alone where nothing came before it', async () => {
    const log = memoryLog<TestEvent>();
    const { ended } = await log.start('a', EMPTY);
    await ended;

    expect(await heard(log, testEncoder())).toEqual([{ type: 'end', data: 'complete 0', lastEventId: '1-1' }]);
  });
});

describe('a log that was rolled back', () => {
  /** An engine that loses the last records of its log, and has another producer go on from there. */
  const forgetful = async (): Promise<{ log: StreamLog<TestEvent>; forget: () => Promise<void> }> => {
    let driver = memoryDriver();
    const log = createLog<TestEvent>(
      new Proxy({} as ReturnType<typeof memoryDriver>, {
        get: (_, name) => driver[name as keyof typeof driver].bind(driver),
      }),
      { toJson: (event) => event, fromJson: (json) => json as TestEvent },
    );
    const open = { mode: 'create', owner: 'one', leaseMs: 60_000, ttlMs: 60_000 } as const;
    await driver.open('a', open);
    await driver.append('a', 1, 1, ['{"text":"old "}', '{"text":"story"}', '{"text":"!"}']);
    const forget = async (): Promise<void> => {
      driver = memoryDriver();
      await driver.open('a', { ...open, leaseMs: 0 });
      await driver.append('a', 1, 1, ['{"text":"old "}']);
      await driver.open('a', { ...open, mode: 'takeover', owner: 'two' });
      await driver.append('a', 2, 2, ['{"text":"new"}', '{"frames":1}', '{"text":"?"}']);
      await driver.end('a', 2, 5, { state: 'complete' }, 60_000);
    };
    return { log, forget };
  };

  it('is told of, and read again from its beginning, where the protocol has a word for it', async () => {
    const { log, forget } = await forgetful();
    const reader = await log.open('a', '1-2' as Cursor);
    await forget();
    const { events: told } = eventStream(await toResponse(reader, testEncoder({ resumeBy: 'history' })).text());
    const all = made(told);

    expect(all).toMatch(/\[reset again\]\[message open 0\]old .*new/s);
    expect(all).toMatch(/\[end complete 0\]$/);
    expect(told.at(-1)?.lastEventId).toBe('2-5');
  });

  it('ends the answer as failed where it has none', async () => {
    const { log, forget } = await forgetful();
    const reader = await log.open('a', '1-2' as Cursor);
    await forget();
    const text = await toResponse(reader, testEncoder({ resumeBy: 'history', canRestart: false })).text();

    expect(made(eventStream(text).events)).toMatch(/\[end failed 0\]$/);
  });

  it('ends the answer as failed, too, where the log ends before the place that the client knows', async () => {
    const driver = memoryDriver();
    await driver.open('a', { mode: 'create', owner: 'dead', leaseMs: 60_000, ttlMs: 60_000 });
    await driver.append('a', 1, 1, ['{"text":"a"}']);
    const log = createLog<TestEvent>(driver, { toJson: (event) => event, fromJson: (json) => json as TestEvent });
    const response = toResponse(
      await log.open('a', '1-9' as Cursor),
      testEncoder({ resumeBy: 'history', canRestart: false }),
    );
    const text = response.text();
    await driver.end('a', 1, 2, { state: 'complete' }, 60_000);

    expect(made(eventStream(await text).events)).toMatch(/failed/);
  });

  it('is not taken for the log that the client knows, though it has a record of that number', async () => {
    const { log, forget } = await forgetful();
    await forget();

    await expect(log.open('a', '1-3' as Cursor)).rejects.toMatchObject({ reason: 'rolled-back' });
    expect(made(await heard(log, testEncoder(), '1-1'))).toBe('new[message part 0]?[end complete 0]');
  });
});

describe('an encoder', () => {
  it.each(['\r', '\n', '\0', 'a\r\ndata: forged'])(
    'that puts %j into an event name ends the response without an end',
    async (name) => {
      const reported: unknown[] = [];
      const log = memoryLog<TestEvent>();
      await log.start('a', of({ text: 'x' }));
      const encoder: Encoder<TestEvent> = {
        ...testEncoder(),
        writer: () => ({ write: () => [frame('x', name)], end: () => [] }),
      };
      const response = toResponse(await log.open('a'), encoder, { report: (error) => reported.push(error) });

      await expect(response.text()).rejects.toThrow('event');
      expect(reported).toEqual([expect.objectContaining({ _tag: 'InvalidOptionError' })]);
    },
  );

  it('cannot set an id of its own, nor send what is no event', async () => {
    const log = memoryLog<TestEvent>();
    await log.start('a', of({ text: 'x' }));
    const encoder: Encoder<TestEvent> = {
      ...testEncoder(),
      writer: () => ({
        write: () => [
          { kind: 'message', event: undefined, data: 'x', id: 'a\nb' },
          { kind: 'heartbeat', comment: 'x' },
        ],
        end: () => [frame('', 'end')],
      }),
    };

    expect(await heard(log, encoder)).toEqual([
      { type: 'message', data: 'x', lastEventId: '1-1' },
      { type: 'end', data: '', lastEventId: '1-2' },
    ]);
  });

  it('of deltas joins what lags, and loses nothing of it', async () => {
    const log = memoryLog();
    const { ended } = await log.start('a', of(...answer({ text: ['To ', 'be ', 'or ', 'not'] })));
    await ended;
    const whole = await heard(log, encodeDeltas());

    expect(whole.map(({ data }) => data).join('\n')).toContain('"text":"To be or not"');
  });
});
