import type { ModerationWindow } from './ModerationCheck.ts';

/** What a check found; the place is counted in the part, as it is shown. */
export interface Violation {
  readonly reason: string;
  readonly fromChar: number;
  readonly replacement: string | undefined;
}

/** Behind the window there is nothing to take away: whoever says so has counted from somewhere else. */
const placeIn = ({ text, fresh, fromChar }: ModerationWindow, at: unknown = text.length - fresh.length): number => {
  if (Number.isInteger(at) && (at as number) >= 0 && (at as number) < text.length) return fromChar + (at as number);
  throw new TypeError(`moderate: fromChar must be a place in window.text, 0 to ${text.length - 1}`);
};

/** What a check found; `undefined` when the text is fine. What is no verdict lets nothing through. */
export const readVerdict = (verdict: unknown, window: ModerationWindow): Violation | undefined => {
  const said: unknown = typeof verdict === 'boolean' ? { ok: verdict } : verdict;
  const { ok, reason, fromChar, replacement } = (said ?? {}) as Record<string, unknown>;
  if (ok === true) return undefined;
  if (ok !== false) {
    throw new TypeError('moderate: the check must answer with true, false, or an object that has `ok`');
  }
  if (replacement !== undefined && typeof replacement !== 'string') {
    throw new TypeError('moderate: replacement must be text');
  }
  return {
    reason: typeof reason === 'string' ? reason : 'not allowed',
    fromChar: placeIn(window, fromChar),
    replacement,
  };
};
