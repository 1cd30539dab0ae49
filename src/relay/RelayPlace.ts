import type { MessageFrame } from '../frames/Frame.ts';
import { type LogPlace, placeOf } from '../log/Cursor.ts';

/** Frames within a record come before the record's last one, which has no number of its own. */
const frameOf = ({ frame = Infinity }: LogPlace): number => frame;

/** How far a client has come with an answer, over all of its connections. */
export class RelayPlace {
  /** The id of the last frame; sent along when the client comes again. */
  cursor: string | undefined;
  /** Attempts since the last news. */
  failures = 0;
  /** Whether the server has said how the answer ended: what it says then is final, and no reason to come again. */
  isOver = false;
  #last: LogPlace | undefined;

  constructor(after: string | undefined) {
    this.cursor = after;
    this.#last = after === undefined ? undefined : placeOf(after);
  }

  /** Whether a frame was not here before. What lies between client and server may send a part of it again. */
  isNew({ id }: MessageFrame): boolean {
    const place = id === undefined ? undefined : placeOf(id);
    const last = this.#last;
    if (!place || place.epoch !== last?.epoch || place.seq > last.seq) return true;
    return place.seq === last.seq && frameOf(place) > frameOf(last);
  }

  reach({ id }: MessageFrame): void {
    this.failures = 0;
    if (id === undefined) return;
    this.cursor = id;
    this.#last = placeOf(id);
  }

  /** The answer begins again. */
  forget(): void {
    this.cursor = undefined;
    this.#last = undefined;
  }
}
