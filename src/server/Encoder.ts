import type { Delta } from '../deltas/Delta.ts';
import type { Frame } from '../frames/Frame.ts';
import type { LogOutcome } from '../log/LogOutcome.ts';

/** Writes one response. The same events make the same frames, so that a place in a response is one in the next, too. */
export interface FrameWriter<T = Delta> {
  /**
   * The frames of an event; `joined` events of the log have been joined to it, 1 if it stands for itself. Of several frames, all
   * but the last are those of the first of them.
   */
  write(event: T, joined: number): readonly Frame[];
  /** The protocol's own words for how the answer ended. */
  end(outcome: LogOutcome): readonly Frame[];
  /** Says that all that was written is void, since the answer begins again; left out where the protocol has no words for that. */
  restart?(): readonly Frame[];
}

/** How the events of a log are said on somebody's wire. */
export interface Encoder<T = Delta> {
  /** Sent besides those of every event stream. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * How a response behind a place comes about. `place`: what came before is not needed. `history`: it is encoded again, and not
   * sent. `start`: the protocol cannot be joined in the middle, so all of it is sent again.
   */
  readonly resumeBy: 'place' | 'history' | 'start';
  /** For one response to a client that knows the answer as `id`. */
  writer(id: string): FrameWriter<T>;
  /** Two events that follow one another as one, if nothing is lost by that: for readers that lag behind. */
  join?(first: T, second: T): T | undefined;
  /** Tells the frames that a client has had already, where it says so in its request in a way of its own. */
  seenBy?(request: Request): ((frame: Frame) => boolean) | undefined;
  /**
   * The answer as one JSON object, where the protocol has that: for a client that asks for it without a stream, and for one
   * that stops it. `deltas` are all that the log has of it; `outcome` is `undefined` while it is made, and
   * `{ state: 'stopped', reason }` in the answer to a stop that was heard, even if the log has not ended yet.
   */
  snapshot?(id: string, deltas: readonly T[], outcome: LogOutcome | undefined): object;
}
