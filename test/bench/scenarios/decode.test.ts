import type { DecodeClient } from '../../../bench/clients/DecodeClient.ts';
import { floor } from '../../../bench/clients/floor.ts';
import { Progress } from '../../../bench/harness/Progress.ts';
import { decode, measureContests } from '../../../bench/scenarios/decode.ts';
import { chatWire } from '../../../bench/wires/chatWire.ts';

const progress = new Progress({ write: () => true });
const options = { rounds: 1, warmUpRounds: 0, isSmoke: true, progress };

/** The floor's answer, changed. */
const liar = (change: (text: string) => string): DecodeClient => ({
  name: 'liar',
  decode: async (reads) => change(await floor(chatWire).decode(reads)),
});

describe('decode', () => {
  it('gives no row to a client that loses text', async () => {
    const clients = [floor(chatWire), liar((text) => text.slice(0, -1))];

    await expect(measureContests([{ wire: chatWire, clients }], options)).rejects.toThrow(
      /^openai-chat\/event: liar gives a wrong text: \d+ characters of \d+, at \d+ "" instead of "."$/,
    );
  });

  it('gives no row to a client that changes text', async () => {
    const clients = [floor(chatWire), liar((text) => `?${text.slice(1)}`)];

    await expect(measureContests([{ wire: chatWire, clients }], options)).rejects.toThrow('at 0 "?');
  });

  it('shows every client once per wire, with the time and the ratio of every reading', async () => {
    const honest = liar((text) => text);
    const rows = await measureContests([{ wire: chatWire, clients: [floor(chatWire), honest] }], options);
    const [heading, , ...lines] = decode.format(rows).split('\n');

    expect(heading).toMatch(/^openai-chat, 3\d\d bytes an event .*event: .*16KiB: .*64B: /);
    expect(lines.map((line) => line.trim().split(/\s+/))).toEqual([
      ['floor', ...Array.from({ length: 3 }, () => [expect.any(String), '1.00x']).flat()],
      ['liar', ...Array.from({ length: 6 }, () => expect.any(String))],
    ]);
    expect(lines.join()).not.toContain('NaN');
  });
});
