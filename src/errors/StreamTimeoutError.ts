import { TaggedError } from './TaggedError.ts';

/** Which clock ran out. */
export type TimeoutPhase = 'connect' | 'first-frame' | 'first-token' | 'idle' | 'stalled' | 'total';

/** What did not happen, and what that says. */
const waitedFor: Readonly<Record<TimeoutPhase, readonly [missed: string, meaning?: string]>> = {
  connect: ['no response head came'],
  'first-frame': ['the response had a head but no body'],
  'first-token': ['nothing of the answer came'],
  idle: ['not a byte came', 'the connection is dead'],
  stalled: ['nothing of the answer came', 'the model has stalled, whether or not the connection is alive'],
  total: ['the answer was not finished'],
};

const optionOf: Readonly<Record<TimeoutPhase, string>> = {
  connect: 'connectMs',
  'first-frame': 'firstFrameMs',
  'first-token': 'firstTokenMs',
  idle: 'idleMs',
  stalled: 'stalledMs',
  total: 'totalMs',
};

/**
 * Something took longer than its clock allows; `phase` says what, `option` how to allow more.
 *
 * @category errors
 * @since 0.1.0
 */
export class StreamTimeoutError extends TaggedError {
  readonly _tag = 'StreamTimeoutError';
  override readonly name = 'StreamTimeoutError';
  /** All but `total`: another attempt may be quicker, but the time for all of them is up. */
  readonly isRetryable: boolean;
  readonly phase: TimeoutPhase;
  /** The option that sets the clock, in `timeouts` of a request. */
  readonly option: string;
  readonly afterMs: number;

  constructor(phase: TimeoutPhase, afterMs: number, options?: ErrorOptions) {
    const [missed, meaning] = waitedFor[phase];
    super(`${missed} within ${afterMs} ms (${optionOf[phase]})${meaning === undefined ? '' : `: ${meaning}`}`, options);
    this.phase = phase;
    this.option = optionOf[phase];
    this.afterMs = afterMs;
    this.isRetryable = phase !== 'total';
  }
}
