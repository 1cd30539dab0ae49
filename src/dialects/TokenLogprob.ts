import * as t from 'io-ts';

import { nullable } from './codec.ts';

// Each codec is made within a pure call, so that bundlers leave out those that nothing uses.

const Alternative = /* @__PURE__ */ (() =>
  t.intersection([
    t.type({ token: t.string, logprob: t.number }),
    t.partial({ bytes: nullable(t.array(t.number)) }),
  ]))();
/** The probability of a token and of those that stood in its place, as OpenAI and Ollama write it. */
export const TokenLogprob = /* @__PURE__ */ (() =>
  t.intersection([Alternative, t.partial({ top_logprobs: nullable(t.array(Alternative)) })]))();
