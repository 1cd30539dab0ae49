import { LimitError } from 'rxllm';

import { answerLimiter } from '../../src/completions/answerLimiter.ts';
import { text } from '../support/deltas.ts';
import { thrownBy } from '../support/record.ts';

describe('answerLimiter', () => {
  it('says of the same delta twice that it is too much', () => {
    const check = answerLimiter({ maxParts: 3 });
    const again = (): unknown => thrownBy(() => check(text(3, 'a')));

    expect(again()).toBeInstanceOf(LimitError);
    expect(again()).toBeInstanceOf(LimitError);
    expect(thrownBy(() => check(text(2, 'a')))).toBeUndefined();
  });
});
