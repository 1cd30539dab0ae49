import { LogError } from '../errors/LogError.ts';
import { type LogPlace, logStart } from '../log/Cursor.ts';
import type { LogReader } from '../log/LogReader.ts';

/** A reader at a place that its log no longer has: what came before it is void, and the answer is read from its beginning. */
export class VoidReader<T> implements Pick<LogReader<T>, 'id' | 'startedAt' | 'isAtEnd' | 'onWake'> {
  onWake: () => void = () => undefined;
  readonly id: string;
  readonly startedAt: LogPlace = logStart;
  readonly isAtEnd = false;
  readonly reopen: () => Promise<LogReader<T>>;

  constructor(id: string, reopen: () => Promise<LogReader<T>>) {
    this.id = id;
    this.reopen = reopen;
  }

  poll(): never {
    throw new LogError('rolled-back', this.id);
  }

  close(): void {
    // It holds nothing.
  }
}
