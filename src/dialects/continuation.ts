import type { Completion } from '../completions/Completion.ts';

/** What the model is asked when its answer was cut off and it is to go on in its own words. */
const wish =
  'Your last answer was cut off on its way. Go on exactly where it stops, with its very next character: repeat nothing, and do not remark on the cut.';

/** The messages that bring a model to go on with an answer, to be put behind those of the request. */
export const continuation = ({ text }: Completion, way: 'prefill' | 'ask'): readonly object[] =>
  way === 'prefill'
    ? // Providers refuse a beginning that ends in white space.
      [{ role: 'assistant', content: text.trimEnd() }]
    : [
        { role: 'assistant', content: text },
        { role: 'user', content: wish },
      ];
