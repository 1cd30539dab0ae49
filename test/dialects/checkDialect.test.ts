import { type Dialect, fetchCompletion, streamCompletion } from 'rxllm';
import { ollama } from 'rxllm/ollama';

import { thrownBy } from '../support/record.ts';

const options = { baseUrl: 'http://fake.test', body: { model: 'm', messages: [] } };

/** `ollama` as somebody without types writes one. */
const without = (...members: readonly (keyof Dialect)[]): typeof ollama =>
  Object.fromEntries(
    Object.entries(ollama).filter(([name]) => !members.includes(name as keyof Dialect)),
  ) as unknown as typeof ollama;

describe('a dialect that is not whole', () => {
  it.each(['request', 'expectedChoices', 'framing', 'terminal', 'isHeartbeat', 'ending', 'errorIn', 'chunk'] as const)(
    'is refused at the call when it has no %s',
    (member) => {
      expect(thrownBy(() => streamCompletion(without(member), options))).toMatchObject({
        _tag: 'InvalidOptionError',
        option: 'dialect',
        message: `dialect ollama has no ${member}`,
      });
    },
  );

  it('is told all that it lacks at once', () => {
    expect(thrownBy(() => streamCompletion(without('name', 'expectedChoices', 'deltas'), options))).toMatchObject({
      message: 'dialect without a name has no expectedChoices, deltas',
    });
    expect(thrownBy(() => fetchCompletion(without('nonStreaming', 'terminal'), options))).toMatchObject({
      message: 'dialect ollama has no nonStreaming, terminal',
    });
  });

  it('need not have what is not used', () => {
    const read = without('encode', 'encodeError', 'withTools', 'nextStep', 'withMessage', 'nonStreaming');

    expect(thrownBy(() => streamCompletion(read, options))).toBeUndefined();
  });

  it.each([undefined, null, 'openai', {}])('is no dialect at all: %p', (none) => {
    expect(thrownBy(() => streamCompletion(none as never, options))).toMatchObject({
      _tag: 'InvalidOptionError',
      message: expect.stringContaining('has no request, expectedChoices'),
    });
  });
});
