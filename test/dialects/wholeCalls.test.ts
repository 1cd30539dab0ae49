import type { Delta, ToolCallDelta } from 'rxllm';
import { wholeCalls } from 'rxllm/dialect';

const begin = (part: number): Delta => ({ type: 'part-start', choice: 0, part, kind: 'tool-call' });
const end = (part: number): Delta => ({ type: 'part-end', choice: 0, part });
const piece = (part: number, fields: Partial<ToolCallDelta>): Delta => ({
  type: 'tool-call',
  choice: 0,
  part,
  input: 'json',
  executedBy: 'client',
  ...fields,
});
const finish: Delta = { type: 'finish', choice: 0, reason: 'tool-calls', raw: 'x' };

/** The calls that come with each delta. */
const callsOf = (...deltas: readonly Delta[]) => deltas.map(wholeCalls()).map((calls) => calls.map(({ id }) => id));

describe('wholeCalls', () => {
  it('gives a call with its end, and its arguments put together', () => {
    const take = wholeCalls();
    take(begin(0));
    take(piece(0, { id: 'a', name: 'now', argumentsText: '{"x"' }));
    take(piece(0, { argumentsText: ':1}' }));

    expect(take(end(0))).toEqual([{ id: 'a', name: 'now', input: { x: 1 } }]);
    expect(take(finish)).toEqual([]);
  });

  it('keeps calls that are under way side by side in their order', () => {
    expect(
      callsOf(begin(0), begin(1), piece(1, { id: 'b' }), end(1), piece(0, { id: 'a' }), end(0), begin(2), end(2)),
    ).toEqual([[], [], [], [], [], ['a', 'b'], [], ['']]);
  });

  it('takes the stop reason for the end of all', () => {
    expect(callsOf(piece(0, { id: 'a' }), piece(1, { id: 'b' }), finish)).toEqual([[], [], ['a', 'b']]);
  });

  it.each<[string, Partial<ToolCallDelta>]>([
    ['was cut off', { argumentsText: '{"x":' }],
    ['is no object', { argumentsText: '[1]' }],
    ['nests too deep', { argumentsText: `{"x":${'['.repeat(200_000)}${']'.repeat(200_000)}}` }],
    ['the provider ran', { argumentsText: '{}', executedBy: 'server' }],
    ['is for a tool that takes text', { argumentsText: '{}', input: 'text' }],
  ])('leaves out a call that %s', (_what, fields) => {
    expect(callsOf(begin(0), piece(0, { id: 'a', ...fields }), end(0), finish)).toEqual([[], [], [], []]);
  });

  it('passes over all that is no call', () => {
    expect(callsOf({ type: 'text', choice: 0, part: 0, text: 'Hi' }, end(0), { type: 'end' })).toEqual([[], [], []]);
  });
});
