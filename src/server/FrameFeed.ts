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

/** Events that go out as one. */
interface Group<T> {
  readonly event: T;
  readonly first: LogPlace;
  readonly last: LogPlace;
  readonly joined: number;
}

const isPast = (place: LogPlace, goal: LogPlace): boolean =>
  place.seq > goal.seq || (place.seq === goal.seq && goal.frame !== undefined);

/**
 * What is to be sent to one client: the frames of a log behind the client's place, as it is ready for them. It holds a place
 * and the writer's state, no frames.
 */
export class FrameFeed<T> {
  /** Called when there may be more. */
  onWake: () => void = () => undefined;
  #reader: LogReader<T>;
  readonly #encoder: Encoder<T>;
  readonly #id: string;
  #isSeen: ((frame: Frame) => boolean) | undefined;
  #writer: FrameWriter<T>;
  /** What comes before it is encoded, if need be, and not sent. */
  #goal: LogPlace;
  /** Whether to read from the beginning before anything else. */
  #isReopening: boolean;
  #waiting: readonly MessageFrame[] = [];
  #isDone = false;
  #isClosed = false;

  constructor(reader: LogReader<T>, encoder: Encoder<T>, { id = reader.id, isSeen }: FrameFeedOptions = {}) {
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

  close(): void {
    this.#isClosed = true;
    this.#reader.close();
  }

  /**
   * The next frames; `wait` where there are none until `onWake`, `page` where they must be fetched first: await `page()`;
   * `undefined` after the last. Throws where the log cannot be read and the client can do nothing but come again.
   */
  poll(maxRecords?: number): readonly MessageFrame[] | 'wait' | 'page' | undefined {
    if (this.#waiting.length > 0) {
      const frames = this.#waiting;
      this.#waiting = [];
      return frames;
    }
    if (this.#isDone || this.#isClosed) return undefined;
    if (this.#isReopening) return 'page';
    try {
      const batch = this.#reader.poll(maxRecords);
      if (typeof batch === 'string') return batch;
      return batch && this.#encode(batch);
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** Fetches what the next `poll` needs. */
  async page(): Promise<void> {
    if (!this.#isReopening) {
      await this.#reader.page();
      return;
    }
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
    if (!(error instanceof LogError)) throw error;
    const restart = error.reason === 'rolled-back' ? this.#writer.restart?.() : undefined;
    if (restart === undefined) {
      this.#isDone = true;
      return this.#named(this.#writer.end({ state: 'failed', error }), undefined, undefined);
    }
    this.#writer = this.#encoder.writer(this.#id);
    this.#goal = logStart;
    this.#isSeen = undefined;
    this.#isReopening = true;
    return this.#named(restart, undefined, undefined);
  }

  #encode({ records, outcome, cursor }: LogBatch<T>): readonly MessageFrame[] {
    const frames: MessageFrame[] = [];
    for (const { event, joined, first, last } of this.#groups(records)) {
      const written = this.#named(this.#writer.write(event, joined), first, last);
      for (const frame of this.#unseen(written, last)) frames.push(frame);
    }
    if (outcome) {
      this.#isDone = true;
      const place = placeOf(cursor);
      const written = this.#named(this.#writer.end(outcome), place, place);
      for (const frame of place ? this.#unseen(written, place) : written) frames.push(frame);
    }
    return frames;
  }

  *#groups(records: readonly LogRecord<T>[]): Generator<Group<T>> {
    let group: Group<T> | undefined;
    for (const { cursor, event } of records) {
      const place = this.#placeOf(cursor);
      // Joined, what the client has had could not be told from what it has not.
      const event2 =
        group && group.first.epoch === place.epoch && this.#isBehindGoal(group.first)
          ? this.#encoder.join?.(group.event, event)
          : undefined;
      if (group && event2 !== undefined) {
        group = { event: event2, first: group.first, last: place, joined: group.joined + 1 };
      } else {
        if (group) yield group;
        group = { event, first: place, last: place, joined: 1 };
      }
    }
    if (group) yield group;
  }

  #isBehindGoal(place: LogPlace): boolean {
    return this.#isSeen === undefined && place.seq > this.#goal.seq;
  }

  #placeOf(cursor: Cursor): LogPlace {
    const place = placeOf(cursor) ?? logStart;
    // The record that the client saw at this place was another one.
    if (place.seq === this.#goal.seq && place.epoch !== this.#goal.epoch)
      throw new LogError('rolled-back', this.#reader.id);
    return place;
  }

  /** The frames with their ids: the last has that of its last event, the others say how far into the first they are. */
  #named(frames: readonly Frame[], first: LogPlace | undefined, last: LogPlace | undefined): readonly MessageFrame[] {
    const messages = frames.filter((frame): frame is MessageFrame => frame.kind === 'message');
    if (first === undefined || last === undefined) return messages.map((frame) => ({ ...frame, id: undefined }));
    return messages.map((frame, at) => ({
      ...frame,
      id: at === messages.length - 1 ? cursorOf(last) : cursorOf({ epoch: first.epoch, seq: first.seq, frame: at }),
    }));
  }

  #unseen(frames: readonly MessageFrame[], place: LogPlace): readonly MessageFrame[] {
    const isSeen = this.#isSeen;
    if (isSeen) {
      const from = frames.findIndex((frame) => !isSeen(frame));
      if (from < 0) return [];
      this.#isSeen = undefined;
      return frames.slice(from);
    }
    if (!isPast(place, this.#goal)) return [];
    return place.seq === this.#goal.seq ? frames.slice((this.#goal.frame ?? -1) + 1) : frames;
  }
}
