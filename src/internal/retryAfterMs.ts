/**
 * How long a server asks to wait, in milliseconds: `retry-after-ms`, else `Retry-After` in seconds or as
 * a date. `undefined` when it asks for nothing that can be understood.
 */
export const retryAfterMs = (headers: Headers, nowMs = Date.now()): number | undefined => {
  const ms = headers.get('retry-after-ms');
  if (ms !== null && /^\d+(\.\d+)?$/.test(ms)) return Math.ceil(Number(ms));
  const after = headers.get('retry-after');
  if (after === null) return undefined;
  if (/^\d+(\.\d+)?$/.test(after)) return Math.ceil(Number(after) * 1000);
  // Dates begin with the day's name; other text is no date, though `Date.parse` finds one in it.
  const dateMs = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(after) ? Date.parse(after) : NaN;
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
};
