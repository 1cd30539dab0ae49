import type { Frame } from '../frames/Frame.ts';

/** Tells frames that are one of the events, also when a proxy dropped their `event:` line. */
export const isEvent = (...types: readonly string[]): ((frame: Frame) => boolean) => {
  // Text that merely speaks of the event has its quotes escaped.
  const mentioned = new RegExp(`"(?:${types.map((type) => type.replaceAll('.', '\\.')).join('|')})"`);
  return (frame) => {
    if (frame.kind !== 'message') return false;
    if (frame.event !== undefined && frame.event !== 'message') return types.includes(frame.event);
    if (!mentioned.test(frame.data)) return false;
    try {
      const { type } = JSON.parse(frame.data) as { readonly type?: unknown };
      return typeof type === 'string' && types.includes(type);
    } catch {
      return false;
    }
  };
};
