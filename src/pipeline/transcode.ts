import { Observable, type OperatorFunction, type Subscriber } from 'rxjs';

import { parseChunk, type ParseChunkOptions } from '../chunks/parseChunk.ts';
import { takeUntilDone } from '../chunks/takeUntilDone.ts';
import { toDeltas, type ToDeltasOptions } from '../chunks/toDeltas.ts';
import type { Delta, StartDelta } from '../deltas/Delta.ts';
import { checkDialect } from '../dialects/checkDialect.ts';
import type { Dialect } from '../dialects/Dialect.ts';
import { isStreamError, type StreamError } from '../errors/StreamError.ts';
import type { Frame } from '../frames/Frame.ts';
import { checkOneOf } from '../internal/checkOneOf.ts';
import { operate } from '../internal/operate.ts';
import { type Carry, carriedDeltas } from './carriedDeltas.ts';
import { clientError } from './clientError.ts';

export interface TranscodeOptions extends ParseChunkOptions, ToDeltasOptions {
  /**
   * What becomes of an error of the stream. `encode`: the target's own error frame, after which the stream completes
   * without the marker of a whole answer. `throw-first`: the same, but an error before the first frame is thrown, so that
   * a server can still answer with its status. `throw`: thrown as it is, without a frame. Errors that are none of
   * the stream (`isStreamError`) are always thrown. @defaultValue 'encode'
   */
  readonly onError?: 'encode' | 'throw-first' | 'throw' | undefined;
  /**
   * Is told each error that is encoded, whole: the frame says no more than a client may know, this may hold the provider's
   * own words. @defaultValue nobody is told
   */
  readonly report?: ((error: StreamError) => void) | undefined;
  /** Whether fields and events without a word in the target are carried, in a field with the source's name. @defaultValue 'keep' */
  readonly onUnknown?: 'keep' | 'drop' | undefined;
  /**
   * Whether to tell what the answer cost. An OpenAI-style client expects it only if its request had
   * `stream_options.include_usage`; Anthropic's always does, and would read zeros. @defaultValue true
   */
  readonly includeUsage?: boolean | undefined;
}

type Source = Pick<Dialect, 'name' | 'terminal' | 'chunk' | 'deltas' | 'errorIn' | 'ending' | 'isHeartbeat'>;
type Target = Pick<Dialect, 'name' | 'framing' | 'encode' | 'encodeError'>;

const ofSource: readonly (keyof Source)[] = ['name', 'terminal', 'chunk', 'deltas', 'errorIn', 'ending', 'isHeartbeat'];
const ofTarget: readonly (keyof Target)[] = ['name', 'framing', 'encode', 'encodeError'];

/** Writes one answer: deltas in, frames out. */
class AnswerWriter {
  readonly #out: Subscriber<Frame>;
  readonly #encode: (delta: Delta) => readonly Frame[];
  readonly #carry: Carry;
  #start: StartDelta | undefined;
  #hasWritten = false;

  constructor(out: Subscriber<Frame>, encode: (delta: Delta) => readonly Frame[], carry: Carry) {
    this.#out = out;
    this.#encode = encode;
    this.#carry = carry;
  }

  get hasWritten(): boolean {
    return this.#hasWritten;
  }

  write(frames: readonly Frame[]): void {
    for (const frame of frames) {
      this.#hasWritten = true;
      this.#out.next(frame);
    }
  }

  delta(delta: Delta): void {
    // Some targets tell the size of the request with the beginning of the answer, so what comes along with it goes first.
    if (delta.type === 'start') this.#start = delta;
    else {
      if (delta.type !== 'usage') this.flush();
      for (const carried of this.#carry(delta)) this.write(this.#encode(carried));
      this.flush();
    }
  }

  /** Writes the beginning of the answer, once all that came along with it is known. */
  flush(): void {
    const start = this.#start;
    this.#start = undefined;
    if (start) this.write(this.#encode(start));
  }

  heartbeat(frame: Frame, framing: Dialect['framing']): void {
    // Lines of JSON have no comments.
    if (framing === 'ndjson') return;
    const isPing = frame.kind === 'message' && frame.data.trim() !== '';
    if (isPing) this.write(this.#encode({ type: 'other', name: 'ping', raw: { type: 'ping' } }));
    else this.write([{ kind: 'heartbeat', comment: frame.kind === 'heartbeat' ? frame.comment : '' }]);
  }
}

/**
 * Re-encodes the stream of one provider as that of another, frame by frame: what a proxy does.
 *
 * Text, reasoning, tool calls, usage and stop reasons are said in the target's words; heartbeats stay heartbeats, and
 * what the target has no word for is carried in a field with the source's name. Calls that the provider runs itself
 * never look like calls for the client to run.
 *
 * - **Shape:** `Observable<Frame>` to `Observable<Frame>`; 0..n per frame
 * - **Time:** none; each delta leaves at once. Only Anthropic's blocks, which follow one another, make what interleaves wait
 * - **Memory:** what waits for a block to end, at most 8,388,608 UTF-16 code units
 * - **Errors:** with `onError: 'encode'` a frame of the target, without the provider's address or anything else that is not
 *   the client's business; then the stream completes. A truncated answer is an error, so it never gets a marker
 * - **Completes:** after the target's marker, at once; the source is left at its own
 * - **Unsubscribe:** the source is left, so its socket closes
 *
 * ```
 * frames  s-t-p-t-f-D     s: start   t: text   p: ping   f: stop reason   D: marker
 * result  s-t-p-t-f-(D|)
 * ```
 *
 * @example An answer of Anthropic's as a client of OpenAI's reads it
 * ```ts
 * import { lastValueFrom, toArray } from 'rxjs';
 * import { fromSse, transcode } from 'rxllm';
 * import { anthropicMessages } from 'rxllm/anthropic';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider({ replies: [{ deltas: answer({ text: 'Hi' }) }] });
 * const body = { model: 'm', max_tokens: 9, messages: [] };
 * const request = anthropicMessages.request({ baseUrl: 'http://fake.test', fetch, body });
 * const frames = await lastValueFrom(fromSse(request).pipe(transcode(anthropicMessages, openAiChat), toArray()));
 *
 * frames.at(-1); // => { kind: 'message', event: undefined, data: '[DONE]', id: undefined }
 * ```
 *
 * @category pipeline
 * @since 0.1.0
 */
export function transcode(from: Source, to: Target, options: TranscodeOptions = {}): OperatorFunction<Frame, Frame> {
  const { onError = 'encode', onUnknown = 'keep', includeUsage = true, report } = options;
  checkDialect(from, ofSource, 'from');
  checkDialect(to, ofTarget, 'to');
  checkOneOf('onError', onError, ['encode', 'throw-first', 'throw']);
  checkOneOf('onUnknown', onUnknown, ['keep', 'drop']);
  const read = [takeUntilDone(from), parseChunk(from, options), toDeltas(from, options)] as const;
  const carry = carriedDeltas(from, to, onUnknown);

  return (source) =>
    new Observable((out) => {
      const writer = new AnswerWriter(out, to.encode(), carry);
      const splitHeartbeats = operate<Frame, Frame>((frames) => ({
        next(frame) {
          if (from.isHeartbeat(frame)) writer.heartbeat(frame, to.framing);
          else frames.next(frame);
          writer.flush();
        },
      }));
      const write = operate<Delta, never>(() => ({
        next(delta) {
          if (includeUsage || delta.type !== 'usage') writer.delta(delta);
        },
      }));
      const end = operate<never, never>((rest) => ({
        next: () => undefined,
        error(error) {
          const isTold = onError === 'encode' || (onError === 'throw-first' && writer.hasWritten);
          if (!isTold || !isStreamError(error)) {
            rest.error(error);
            return;
          }
          writer.flush();
          writer.write(to.encodeError(clientError(error)));
          report?.(error);
          rest.complete();
        },
      }));
      return source.pipe(splitHeartbeats, ...read, write, end).subscribe(out);
    });
}
