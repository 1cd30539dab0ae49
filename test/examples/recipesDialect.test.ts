import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { lastValueFrom } from 'rxjs';
import { type Delta, encodeLine, fetchCompletion, streamCompletion } from 'rxllm';

import { parrot } from '../../examples/recipes/parrot.ts';
import type { DialectCase } from '../support/dialectContract/DialectCase.ts';
import { messageFacts } from '../support/dialectContract/messageFacts.ts';
import { requestFacts } from '../support/dialectContract/requestFacts.ts';
import { samples, short } from '../support/dialectContract/samples.ts';
import { stepFacts } from '../support/dialectContract/stepFacts.ts';
import { strangeFacts } from '../support/dialectContract/strangeFacts.ts';
import { wholeFacts } from '../support/dialectContract/wholeFacts.ts';
import { Wire } from '../support/dialectContract/Wire.ts';
import { wireFacts } from '../support/dialectContract/wireFacts.ts';
import { reduceAll } from '../support/deltas.ts';
import { root } from '../support/entryPoints.ts';
import { utf8 } from '../support/frames.ts';
import { deltasOf } from '../support/outcome.ts';
import { httpServer, until } from '../support/provider.ts';

type Json = Readonly<Record<string, unknown>>;

const listOf = (value: unknown): Json[] => (value ?? []) as Json[];
const noSeals = 'there are no seals';

const of: DialectCase = {
  dialect: parrot,
  body: { model: 'parrot-2', turns: [{ who: 'user', says: 'Hi' }] },
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
    answered: listOf(turns).flatMap(({ who, call }) => (who === 'tool' ? [call] : [])),
  }),
  conversation: ({ turns }) => listOf(turns).map(({ who, says }) => [String(who), String(says)] as const),
  ownContent: { part: undefined, whole: { says: 'What is this?', picture: 'AAAA' } },
};

// All that `dialectContract` asks for, but for a fake provider, which speaks no dialect from outside.
describe('the dialect of the recipes', () => {
  requestFacts(of);
  wireFacts(of);
  strangeFacts(of);
  wholeFacts(of);
  stepFacts(of);
  messageFacts(of);

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

  it('is spoken over a real connection, in pieces and whole', async () => {
    const keys: unknown[] = [];
    const deltas = samples['text, then two calls'] as readonly Delta[];
    const { origin } = await httpServer((request, response) => {
      keys.push(request.headers['x-parrot-key']);
      let text = '';
      request.on('data', (piece: Buffer) => (text += piece.toString()));
      request.on('end', () => {
        if ((JSON.parse(text) as Json)['stream'] === false) {
          response.setHeader('content-type', 'application/json');
          response.end(JSON.stringify(parrot.nonStreaming.encode(reduceAll(deltas))));
          return;
        }
        response.setHeader('content-type', 'application/x-ndjson');
        response.end(deltas.flatMap(parrot.encode()).map(encodeLine).join(''));
      });
    });
    const options = { baseUrl: origin, apiKey: 'sk-1', body: { model: 'm', turns: [] } };
    const wire = new Wire(of);
    const expected = wire.expected('text, then two calls', deltas);

    expect(wire.view(await lastValueFrom(streamCompletion(parrot, options)))).toEqual(expected);
    expect(wire.view(await lastValueFrom(fetchCompletion(parrot, options)))).toEqual(expected);
    expect(keys).toEqual(['sk-1', 'sk-1']);
  });

  it('closes the connection when it is left', async () => {
    const lines = short.flatMap(parrot.encode()).map(encodeLine);
    const { origin, openSockets } = await httpServer((_request, response) => {
      response.setHeader('content-type', 'application/x-ndjson');
      response.write(lines.slice(0, 2).join(''));
    });
    let text = '';
    const subscription = streamCompletion(parrot, { baseUrl: origin, body: { model: 'm', turns: [] } }).subscribe(
      (completion) => (text = completion.text),
    );
    await until(() => text !== '', 'text');
    subscription.unsubscribe();

    await until(() => openSockets() === 0, 'the closing');
  });

  it('is asked by a program, which tells a dropped connection from a whole answer', async () => {
    const program = join(root, 'examples/recipes/ask-parrot.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [program]);

    expect(stdout).toBe('Pieces of eight! (stop)\nTruncatedError, after: Pieces of\n');
  }, 30_000);
});
