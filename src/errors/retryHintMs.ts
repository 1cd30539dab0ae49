type Json = Readonly<Record<string, unknown>>;

const unitMs: Readonly<Record<string, number>> = { ms: 1, milli: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** A duration such as `34.5s`, `350ms`, `2m30s` or `20 seconds`, in milliseconds. */
const durationMs = (duration: string): number => {
  const terms = [...duration.matchAll(/(\d+(?:\.\d+)?) ?(ms|milli|[smh])/gi)];
  return terms.reduce((sum, [, count, unit = '']) => sum + Number(count) * (unitMs[unit.toLowerCase()] ?? 0), 0);
};

/** A number, also one in quotes. */
const numberIn = (value: unknown): number | undefined => {
  const number = typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && number >= 0 ? number : undefined;
};

const inFields = (place: unknown): number | undefined => {
  const { retry_after_ms, retry_after } = (place ?? {}) as Json;
  const seconds = numberIn(retry_after);
  return numberIn(retry_after_ms) ?? (seconds === undefined ? undefined : seconds * 1_000);
};

/** Google's `RetryInfo`, one of the details of an error. */
const inDetails = (details: unknown): number | undefined => {
  if (!Array.isArray(details)) return undefined;
  const delays = details.map((detail: unknown) => ((detail ?? {}) as Json)['retryDelay']);
  const delay = delays.find((one) => typeof one === 'string' && /^\d+(\.\d+)?s$/.test(one));
  return delay === undefined ? undefined : durationMs(delay as string);
};

const wish =
  /\b(?:try again|retry) (?:in|after) ((?:\d+(?:\.\d+)? ?(?:ms|milliseconds?|seconds?|minutes?|hours?|[smh])(?![a-z]) ?)+)/i;

const inWords = (message: string): number | undefined => {
  const duration = wish.exec(message)?.[1];
  return duration === undefined ? undefined : durationMs(duration);
};

/**
 * How long a provider's error asks to wait, in milliseconds: in a field (`retry_after_ms`, `retry_after` in seconds,
 * Google's `retryDelay`), else in words (OpenAI's and Groq's `Please try again in 1.5s`).
 */
export const retryHintMs = (error: Json, envelope: Json, message: string): number | undefined => {
  const inField = [error, error['metadata'], envelope].map(inFields).find((ms) => ms !== undefined);
  const askedMs = inField ?? inDetails(error['details']) ?? inWords(message);
  return askedMs === undefined ? undefined : Math.ceil(askedMs);
};

/** What a message says of a wait that was asked for; nothing of one under a second. */
export const saysToWait = (retryAfterMs: number | undefined): string =>
  retryAfterMs !== undefined && retryAfterMs >= 1_000 ? ` (asks to wait ${retryAfterMs / 1_000} s)` : '';
