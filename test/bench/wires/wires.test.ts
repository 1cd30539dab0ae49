import { chatWire, cjkChatWire, hugeChatWire } from '../../../bench/wires/chatWire.ts';
import { messagesWire } from '../../../bench/wires/messagesWire.ts';
import { readsOf } from '../../../bench/wires/readsOf.ts';
import { seededRandom, tokens } from '../../../bench/wires/tokens.ts';
import type { Recording } from '../../../bench/wires/Wire.ts';

const textsOf = ({ events }: Recording): readonly string[] => {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return events.map((event) => decoder.decode(event));
};

const dataOf = (event: string): string => event.slice(event.indexOf('data: ') + 'data: '.length, -'\n\n'.length);

const meanBytes = ({ events }: Recording): number =>
  events.reduce((sum, event) => sum + event.length, 0) / events.length;

describe.each([
  // A chat has a role, a finish, usage and [DONE] about its content; its size is what OpenAI sends by default.
  { wire: chatWire, others: 4, leastBytes: 310, mostBytes: 350, framing: /^data: [^\n]+\n\n$/ },
  // Messages have six events about theirs.
  {
    wire: messagesWire,
    others: 6,
    leastBytes: 100,
    mostBytes: 130,
    framing: /^event: (\w+)\ndata: \{"type":"\1"[^\n]*\n\n$/,
  },
])('the recording of $wire.name', ({ wire, others, leastBytes, mostBytes, framing }) => {
  const recording = wire.record(2000);
  const texts = textsOf(recording);
  const pieces = texts.map(dataOf).map((data) => (data === '[DONE]' ? '' : wire.pieceIn(JSON.parse(data))));

  it('has as many pieces as were asked for', () => {
    expect(texts).toHaveLength(2000 + others);
    expect(pieces.filter((piece) => piece !== '')).toHaveLength(2000);
    expect(wire.record(0).text).toBe('');
  });

  it('is one event per item, framed as the provider does', () => {
    expect(texts.filter((text) => !framing.test(text))).toEqual([]);
  });

  it('says its text', () => {
    expect(pieces.join('')).toBe(recording.text);
  });

  it('holds what is hard about text: escapes, and more bytes than characters', () => {
    expect(recording.text).toMatch(/\n.*"/s);
    expect(new TextEncoder().encode(recording.text).length).toBeGreaterThan(recording.text.length);
  });

  it('has events of the usual size', () => {
    expect(meanBytes(recording)).toBeGreaterThan(leastBytes);
    expect(meanBytes(recording)).toBeLessThan(mostBytes);
  });

  it('is the same every time', () => {
    expect(textsOf(wire.record(2000))).toEqual(texts);
  });
});

describe('readsOf', () => {
  it.each([1, 64, 16 * 1024, 1_000_000])('cuts the same bytes into reads of %d', (readBytes) => {
    const { events } = messagesWire.record(100);
    const reads = readsOf(events, readBytes);

    expect(Buffer.compare(Buffer.concat(reads), Buffer.concat(events))).toBe(0);
    expect(reads.slice(0, -1).filter(({ length }) => length !== readBytes)).toEqual([]);
    expect(reads.at(-1)?.length).toBeLessThanOrEqual(readBytes);
  });

  it('shares no memory with the events', () => {
    const events = [Uint8Array.of(1, 2)];
    readsOf(events, 1)[0]?.fill(9);

    expect(events[0]).toEqual(Uint8Array.of(1, 2));
  });
});

describe('tokens', () => {
  it('are never empty, and about as long as those of a model', () => {
    const pieces = tokens(5000, seededRandom(7));
    const chars = pieces.join('').length / pieces.length;

    expect(pieces).not.toContain('');
    expect(chars).toBeGreaterThan(3);
    expect(chars).toBeLessThan(6);
  });
});

describe('the recordings of other texts', () => {
  it('are Chinese and Japanese', () => {
    expect(cjkChatWire.record(500).text).toMatch(/^[^\0-\x7f]+$/);
  });

  it('are one event of 8 MB, for ten thousand pieces', () => {
    const { events, text } = hugeChatWire.record(10_000);

    expect(text).toHaveLength(8_000_000);
    expect(Math.max(...events.map(({ length }) => length))).toBeGreaterThan(8_000_000);
    expect(events).toHaveLength(5);
  });
});
