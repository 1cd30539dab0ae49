import * as t from 'io-ts';

/** `codec` or `null`: servers send `null` for what others leave out. */
export const nullable = <C extends t.Mixed>(codec: C): t.UnionC<[C, t.NullC]> => t.union([codec, t.null]);

// Each codec is made within a pure call, so that bundlers leave out those that nothing uses.

const Alternative = /* @__PURE__ */ (() =>
  t.intersection([
    t.type({ token: t.string, logprob: t.number }),
    t.partial({ bytes: nullable(t.array(t.number)) }),
  ]))();

/** The probability of a token and of those that stood in its place, as OpenAI and Ollama write it. */
export const TokenLogprob = /* @__PURE__ */ (() =>
  t.intersection([Alternative, t.partial({ top_logprobs: nullable(t.array(Alternative)) })]))();

type TypeOfCase<Cases> = {
  [Tag in keyof Cases]: Cases[Tag] extends t.Type<infer A, infer _O> ? A : never;
}[keyof Cases];

/**
 * A union told apart by the text in `type`, open to tags that are not listed: a provider's new event
 * passes through. The type names only the listed cases, so that a `switch` narrows; its `default`
 * is where the others arrive.
 */
export const openUnion = <Cases extends Record<string, t.Mixed>>(
  name: string,
  cases: Cases,
): t.Type<TypeOfCase<Cases>, unknown> => {
  type Value = TypeOfCase<Cases>;
  const known = new Map<string, t.Mixed>(Object.entries(cases));
  const tagged = t.type({ type: t.string });
  const caseOf = (value: unknown): t.Mixed => (tagged.is(value) ? (known.get(value.type) ?? tagged) : tagged);
  return new t.Type<Value, unknown>(
    name,
    (value): value is Value => caseOf(value).is(value),
    (value, context) => {
      // The case stands in for the union, so that errors name what was expected of it.
      const type = caseOf(value);
      const entry = { ...(context.at(-1) as t.ContextEntry), type };
      return type.validate(value, [...context.slice(0, -1), entry]) as t.Validation<Value>;
    },
    t.identity,
  );
};
