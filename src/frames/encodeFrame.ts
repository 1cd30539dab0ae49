import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import type { Frame } from './Frame.ts';

const field = (name: 'event' | 'id', value: string | undefined): string => {
  if (value === undefined) return '';
  // Any of these would let a value end its line, or the frame, and write fields of its own.
  if (/[\r\n\0]/.test(value)) throw new InvalidOptionError(name, 'must not contain a line end or NUL');
  return `${name}: ${value}\n`;
};

const lines = (prefix: string, text: string): string =>
  text
    .split(/\r\n|\r|\n/)
    .map((line) => `${prefix}${line}\n`)
    .join('');

/**
 * Writes a frame as event-stream text, such that `decodeFrames` gives the same frame back.
 *
 * - **Shape:** `Frame` to text that ends in a blank line; a comment or a stray line ends in a line end
 * - **Errors:** throws `InvalidOptionError` for an `event` or `id` that holds CR, LF or NUL, or a stray line that is
 *   none. A line end in `data` or a comment is legal and comes out as LF, whichever it was
 * - **Source:** HTML standard, section 9.2.5 "Parsing an event stream"
 *
 * @example Text with a line end takes two data lines
 * ```ts
 * import { encodeFrame } from 'rxllm';
 *
 * encodeFrame({ kind: 'message', event: 'ping', data: 'a\nb', id: undefined }); // => 'event: ping\ndata: a\ndata: b\n\n'
 * ```
 *
 * @category frames
 * @since 0.1.0
 */
export function encodeFrame(frame: Frame): string {
  switch (frame.kind) {
    case 'heartbeat':
      return lines(': ', frame.comment);
    case 'stray':
      // Anything else would be read as a field, or as several lines.
      if (!/^\{[^\r\n]*$/.test(frame.line)) throw new InvalidOptionError('line', 'must be one line that starts with {');
      return `${frame.line}\n`;
    case 'message':
      return `${field('event', frame.event)}${lines('data: ', frame.data)}${field('id', frame.id)}\n`;
  }
}
