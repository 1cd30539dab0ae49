import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { parrot } from '../../examples/recipes/parrot.ts';
import type { DialectCase } from '../support/dialectContract/DialectCase.ts';
import { dialectContract } from '../support/dialectContract.ts';
import { root } from '../support/entryPoints.ts';
import { utf8 } from '../support/frames.ts';
import { deltasOf } from '../support/outcome.ts';

type Json = Readonly<Record<string, unknown>>;

const listOf = (value: unknown): Json[] => (value ?? []) as Json[];
const noSeals = 'there are no seals';

const of: DialectCase = {
  dialect: parrot,
  isOurOwn: true,
  body: { model: 'parrot-2', turns: [{ role: 'user', content: 'Hi' }] },
  required: ['model', 'turns'],
  baseUrl: 'http://127.0.0.1:9000',
  url: 'http://127.0.0.1:9000/talk',
  wholeUrl: 'http://127.0.0.1:9000/talk',
  auth: (apiKey) => ({ 'x-parrot-key': apiKey }),
  asksForStream: (_url, { stream }) => stream === true,
  toolNames: ({ tools }) => listOf(tools).map(({ name }) => name),
  cannotSay: {
    'sealed reasoning and a call': noSeals,
    'hidden reasoning': noSeals,
    'a refusal': 'a refusal is text',
    'a call that length cut short': 'calls come whole',
    'calls without an id': 'every call has one',
  },
  nearestReasons: { refusal: 'content-filter', pause: 'stop' },
  unknownData: '{"tomorrow":{"x":1}}',
  seals: [],
  callIds: ({ turns }) => ({
    called: listOf(turns).flatMap(({ lines }) =>
      listOf(lines).flatMap(({ call }) => (call === undefined ? [] : [(call as Json)['id']])),
    ),
    answered: listOf(turns).flatMap(({ role, call }) => (role === 'tool' ? [call] : [])),
  }),
  conversation: ({ turns }) => listOf(turns).map(({ role, content }) => [String(role), String(content)] as const),
  ownContent: { part: { picture: 'AAAA' }, whole: { content: 'What is this?', picture: 'AAAA' } },
};

dialectContract(() => of);

describe('the dialect of the recipes', () => {
  it('opens and closes each part once, before the stop reason, whatever comes', () => {
    const lines = [
      { open: { id: 't-1', model: 'm' } },
      { think: 'Hm' },
      { say: 'Hi' },
      { say: '' },
      { call: { id: 'c-1', name: 'now', input: {} } },
      { say: 'there' },
      { close: { why: 'done' } },
    ];
    const deltas = deltasOf(parrot, [utf8(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))]);

    expect(deltas.map((delta) => ('part' in delta ? `${delta.type} ${delta.part}` : delta.type))).toEqual([
      'start',
      ...['part-start 0', 'reasoning 0', 'part-end 0'],
      ...['part-start 1', 'text 1', 'part-end 1'],
      ...['part-start 2', 'tool-call 2', 'part-end 2'],
      ...['part-start 3', 'text 3', 'part-end 3'],
      ...['finish', 'end'],
    ]);
  });

  it('takes a stop reason that it does not know for none of those that it knows', () => {
    for (const why of ['tired', 'constructor', '__proto__', '']) {
      const line = `${JSON.stringify({ close: { why } })}\n`;
      expect(deltasOf(parrot, [utf8(line)])).toContainEqual({ type: 'finish', choice: 0, reason: 'other', raw: why });
    }
  });

  it('is asked by a program, which tells a dropped connection from a whole answer', async () => {
    const program = join(root, 'examples/recipes/ask-parrot.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [program]);

    expect(stdout).toBe('Pieces of eight! (stop)\nTruncatedError, after: Pieces of\n');
  }, 30_000);
});
