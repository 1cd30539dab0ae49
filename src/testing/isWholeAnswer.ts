import type { RecordedExchange } from './Recording.ts';

/**
 * What closes an answer, in each dialect that says so; Gemini's ends with the response. Text of the answer cannot pass for it: it does
 * not begin a line, and its quotes are escaped.
 */
const closing = /^(data: ?\[DONE\]|event: ?(message_stop|response\.(completed|incomplete))$|\{.*"done": ?true\b)/m;

/**
 * Whether an exchange has all of an answer in it. A client that has all leaves: it does not wait for the server to end the
 * response. Told from the text and not by a dialect, whose code would come along to wherever a recording is played.
 */
export const isWholeAnswer = ({ events }: RecordedExchange): boolean => {
  const decoder = new TextDecoder();
  const text = events.map((event) => ('bytes' in event ? decoder.decode(event.bytes, { stream: true }) : '')).join('');
  return closing.test(text);
};
