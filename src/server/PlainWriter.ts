import type { Delta } from '../deltas/Delta.ts';
import type { ApiError } from '../errors/ApiError.ts';
import { isStreamError } from '../errors/StreamError.ts';
import { TruncatedError } from '../errors/TruncatedError.ts';
import type { Frame, MessageFrame } from '../frames/Frame.ts';
import type { LogOutcome } from '../log/LogOutcome.ts';
import type { Carry } from '../pipeline/carriedDeltas.ts';
import type { FrameWriter } from './Encoder.ts';
import { type CallsShown, PlainAnswer } from './PlainAnswer.ts';
import { shownError } from './shownError.ts';

/** How a protocol says a plain answer. */
export interface PlainWire {
  readonly encode: (delta: Delta) => readonly Frame[];
  /** How it says that there will be no answer, or no more of it. */
  readonly fail: (error: ApiError, hasStarted: boolean) => readonly Frame[];
  /** How an answer that was stopped ends. @defaultValue as any other */
  readonly stop?: (() => readonly Frame[]) | undefined;
}

export interface PlainWriterOptions {
  readonly id: string;
  readonly carry: Carry;
  readonly callsShown: CallsShown;
  readonly wire: PlainWire;
}

/** Writes one response in a protocol that knows no more than plain answers. */
export class PlainWriter implements FrameWriter {
  readonly #answer: PlainAnswer;
  readonly #options: PlainWriterOptions;
  #isOver = false;

  constructor(options: PlainWriterOptions) {
    this.#answer = new PlainAnswer(options.callsShown);
    this.#options = options;
  }

  write(delta: Delta): readonly MessageFrame[] {
    return this.#written((frames) => {
      this.#encode(this.#answer.read(delta), frames);
    });
  }

  end(outcome: LogOutcome): readonly MessageFrame[] {
    return this.#written((frames) => {
      const { encode, stop = () => encode({ type: 'end' }) } = this.#options.wire;
      // Whatever came behind the end of the answer, it is whole.
      if (this.#answer.hasEnded) frames.push(...encode({ type: 'end' }));
      else if (outcome.state === 'stopped') {
        this.#encode(this.#answer.stop(), frames);
        frames.push(...stop());
      } else this.#fail('error' in outcome ? outcome.error : new TruncatedError(), frames);
      this.#isOver = true;
    });
  }

  /** Heartbeats are the business of whoever sends the frames. */
  #written(write: (frames: Frame[]) => void): readonly MessageFrame[] {
    if (this.#isOver) return [];
    const frames: Frame[] = [];
    try {
      write(frames);
    } catch (error) {
      if (!isStreamError(error)) throw error;
      this.#fail(error, frames);
    }
    return frames.filter((frame) => frame.kind === 'message');
  }

  #encode(deltas: readonly Delta[], frames: Frame[]): void {
    const { id, carry, wire } = this.#options;
    for (const delta of deltas) {
      // The client knows the answer by one id, whoever makes it.
      const named = delta.type === 'start' ? { ...delta, id } : delta;
      for (const carried of carry(named)) frames.push(...wire.encode(carried));
    }
  }

  #fail(error: unknown, frames: Frame[]): void {
    this.#isOver = true;
    frames.push(...this.#options.wire.fail(shownError(error), this.#answer.hasStarted));
  }
}
