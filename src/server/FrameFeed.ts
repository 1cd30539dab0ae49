import { charsIn } from '../deltas/joinDeltas.ts';
import { LogError } from '../errors/LogError.ts';
import type { Frame, MessageFrame } from '../frames/Frame.ts';
import { type Cursor, cursorOf, type LogPlace, logStart, placeOf } from '../log/Cursor.ts';
import type { LogBatch, LogReader, LogRecord } from '../log/LogReader.ts';
import type { Encoder, FrameWriter } from './Encoder.ts';

export interface FrameFeedOptions {
  /** By what the client knows the answer. @defaultValue the id of the log */
  readonly id?: string | undefined;
  /** Which frames the client has had already. */
  readonly isSeen?: ((frame: Frame) => boolean) | undefined;
}

/** What is read of a log. */
export interface FeedReader<T> extends Pick<
  LogReader<T>,
  'id' | 'startedAt' | 'isAtEnd' | 'onWake' | 'poll' | 'page' | 'close'
> {
  reopen(): Promise<FeedReader<T>>;
  /** Whether nobody can come back to it, so that places in it say nothing. */
  readonly isOnce?: boolean | undefined;
}

/** Events that go out as one. */
interface Group<T> {
  readonly event: T;
  readonly first: LogPlace;
  readonly last: LogPlace;
  readonly joined: number;
}

/** The most events that are joined, and that are taken out of the log at once. */
const maxRecords = 128;

/** What is joined, and encoded ahead of a client, in UTF-16 code units: an event may be longer, what is made of several is not. */
const maxChars = 16_384;

const isPast = (place: LogPlace, goal: LogPlace): boolean =>
  place.seq > goal.seq || (place.seq === goal.seq && goal.frame !== undefined);

const nameless = (frames: readonly Frame[]): readonly MessageFrame[] =>
  frames
    .filter((frame): frame is MessageFrame => frame.kind === 'message')
    .map((frame) => ({ ...frame, id: undefined }));

/**
 * What is to be sent to one client: the frames of a log behind the client's place, as it is ready for them. It holds a place,
 * the writer's state and a few events, no frames.
 */
export class FrameFeed<T> {
  /** Called when there may be more. */
  onWake: () => void = () => undefined;
  #reader: FeedReader<T>;
  readonly #encoder: Encoder<T>;
  readonly #id: string;
  #isSeen: ((frame: Frame) => boolean) | undefined;
  #writer: FrameWriter<T>;
  /** What comes before it is encoded, if need be, and not sent. */
  #goal: LogPlace;
  /** Whether to read from the beginning before anything else. */
  #isReopening: boolean;
  /** The frames of what was read last, made one after another. */
  #rest: Iterator<readonly MessageFrame[], void> | undefined;
  /** Why fetching failed. */
  #failure: LogError | undefined;
  #isDone = false;
  #isClosed = false;

  constructor(reader: FeedReader<T>, encoder: Encoder<T>, { id = reader.id, isSeen }: FrameFeedOptions = {}) {
    this.#reader = reader;
    this.#encoder = encoder;
    this.#id = id;
    this.#isSeen = isSeen;
    this.#writer = encoder.writer(id);
    const isMidway = reader.startedAt.seq > 0;
    this.#isReopening = isMidway && encoder.resumeBy !== 'place';
    this.#goal = encoder.resumeBy === 'start' ? logStart : reader.startedAt;
    this.#listen();
  }

  /** Whether the answer has ended and the client has had all of it. */
  get isAtEnd(): boolean {
    return this.#reader.startedAt.seq > 0 && this.#encoder.resumeBy !== 'start' && this.#reader.isAtEnd;
  }

  /** Where the client was. */
  get startedAt(): Cursor {
    return cursorOf(this.#reader.startedAt);
  }

  close(): void {
    this.#isClosed = true;
    this.#rest = undefined;
    this.#reader.close();
  }

  /**
   * The next frames; `wait` where there are none until `onWake`, `page` where they must be fetched first: await `page()`;
   * `undefined` after the last. Throws where the log cannot be read and the client can do nothing but come again.
   */
  poll(): readonly MessageFrame[] | 'wait' | 'page' | undefined {
    if (this.#isClosed) return undefined;
    try {
      if (this.#rest) return this.#take(this.#rest);
      if (this.#isDone) return undefined;
      if (this.#failure) throw this.#failure;
      if (this.#isReopening) return 'page';
      const batch = this.#reader.poll(maxRecords);
      if (typeof batch === 'string') return batch;
      if (batch) return this.#take((this.#rest = this.#framesOf(batch)));
      // Somebody closed the reader: that is no end of the answer.
      if (!this.#reader.isAtEnd) throw new LogError('closed', this.#reader.id);
      return undefined;
    } catch (error) {
      this.#rest = undefined;
      return this.#fail(error);
    }
  }

  /** Fetches what the next `poll` needs. */
  async page(): Promise<void> {
    try {
      await (this.#isReopening ? this.#reopen() : this.#reader.page());
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      this.#failure = error;
    }
  }

  async #reopen(): Promise<void> {
    const reader = await this.#reader.reopen();
    this.#reader.close();
    this.#reader = reader;
    this.#isReopening = false;
    if (this.#isClosed) reader.close();
    else this.#listen();
  }

  #listen(): void {
    this.#reader.onWake = () => {
      this.onWake();
    };
  }

  /** What was shown may be void; then it is said again, if the protocol has a word for that. */
  #fail(error: unknown): readonly MessageFrame[] {
    const isReadable = error instanceof LogError && error.reason !== 'closed';
    if (!isReadable) throw error;
    const restart = error.reason === 'rolled-back' ? this.#writer.restart?.() : undefined;
    if (restart === undefined) {
      this.#isDone = true;
      return nameless(this.#writer.end({ state: 'failed', error }));
    }
    this.#failure = undefined;
    this.#writer = this.#encoder.writer(this.#id);
    this.#goal = logStart;
    this.#isSeen = undefined;
    this.#isReopening = true;
    return nameless(restart);
  }

  /** As many of them as go out at once. */
  #take(rest: Iterator<readonly MessageFrame[], void>): readonly MessageFrame[] {
    const taken: MessageFrame[] = [];
    for (let chars = 0; chars < maxChars;) {
      const { done, value } = rest.next();
      if (done === true) {
        this.#rest = undefined;
        break;
      }
      for (const frame of value) {
        taken.push(frame);
        chars += frame.data.length;
      }
    }
    return taken;
  }

  *#framesOf({ records, outcome, cursor }: LogBatch<T>): Generator<readonly MessageFrame[], void> {
    for (const { event, joined, first, last } of this.#groups(records)) {
      yield this.#unseen(this.#named(this.#writer.write(event, joined), first, last), last);
    }
    if (!outcome) return;
    const place = this.#placeOf(cursor);
    // What the client has had is not there any more: silence would be taken for the end of all.
    if (place.seq < this.#goal.seq) throw new LogError('rolled-back', this.#reader.id);
    const ending = this.#unseen(this.#named(this.#writer.end(outcome), place, place), place);
    this.#isDone = true;
    yield ending;
  }

  *#groups(records: readonly LogRecord<T>[]): Generator<Group<T>> {
    let group: Group<T> | undefined;
    for (const { cursor, event } of records) {
      const place = this.#placeOf(cursor);
      const joined = group && this.#joined(group, event, place);
      if (group && !joined) yield group;
      group = joined ?? { event, first: place, last: place, joined: 1 };
    }
    if (group) yield group;
  }

  /** A group with another event, if nothing is lost by that. */
  #joined({ event, first, joined }: Group<T>, next: T, place: LogPlace): Group<T> | undefined {
    // What the client has had could not be told from what it has not.
    if (this.#isSeen || first.seq <= this.#goal.seq) return undefined;
    if (charsIn(event) + charsIn(next) > maxChars) return undefined;
    const both = this.#encoder.join?.(event, next);
    return both === undefined ? undefined : { event: both, first, last: place, joined: joined + 1 };
  }

  #placeOf(cursor: Cursor): LogPlace {
    const place = placeOf(cursor) ?? logStart;
    // The record that the client saw at this place was another one.
    if (place.seq === this.#goal.seq && place.epoch !== this.#goal.epoch)
      throw new LogError('rolled-back', this.#reader.id);
    return place;
  }

  /** The frames with their ids: the last has that of its last event, the others say how far into the first they are. */
  #named(frames: readonly Frame[], first: LogPlace, last: LogPlace): readonly MessageFrame[] {
    const messages = nameless(frames);
    if (this.#reader.isOnce === true) return messages;
    return messages.map((frame, at) => ({
      ...frame,
      id: at === messages.length - 1 ? cursorOf(last) : cursorOf({ epoch: first.epoch, seq: first.seq, frame: at }),
    }));
  }

  #unseen(frames: readonly MessageFrame[], place: LogPlace): readonly MessageFrame[] {
    if (!isPast(place, this.#goal)) return [];
    const behind = place.seq === this.#goal.seq ? frames.slice((this.#goal.frame ?? -1) + 1) : frames;
    const isSeen = this.#isSeen;
    if (!isSeen) return behind;
    const from = behind.findIndex((frame) => !isSeen(frame));
    if (from < 0) return [];
    this.#isSeen = undefined;
    return behind.slice(from);
  }
}
