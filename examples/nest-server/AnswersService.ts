import { BadRequestException, Inject, Injectable, NotFoundException } from '@nestjs/common';
import { tap } from 'rxjs';

import { type Delta, LogError } from '../../src/index.ts';
import type { Cursor, LogReader, StreamLog } from '../../src/log/index.ts';
import type { Model } from '../server-parts/openModel.ts';
import { reportError } from '../server-parts/reportError.ts';

/** Nobody reaches another one's answers: the user is part of the name that they have in the log. */
const logIdOf = (user: string, id: string): string => JSON.stringify([user, id]);

const isLogError = (error: unknown, reason: LogError['reason']): boolean =>
  error instanceof LogError && error.reason === reason;

/** Answers that outlive the requests they were made for, on the log itself. `resumable` does the same, with HTTP around it. */
@Injectable()
export class AnswersService {
  readonly #log: StreamLog<Delta>;
  readonly #model: Model;

  constructor(@Inject('LOG') log: StreamLog<Delta>, @Inject('MODEL') model: Model) {
    this.#log = log;
    this.#model = model;
  }

  /** Starts an answer unless there is one of that name: a client that asks again gets what it asked for. */
  async start(user: string, id: string, question: string): Promise<void> {
    const answer$ = this.#model.ask(question).pipe(tap({ error: reportError }));
    try {
      await this.#log.start(logIdOf(user, id), answer$);
    } catch (error) {
      if (!isLogError(error, 'exists')) throw error;
    }
  }

  async open(user: string, id: string, after?: string): Promise<LogReader<Delta>> {
    try {
      return await this.#log.open(logIdOf(user, id), after as Cursor | undefined);
    } catch (error) {
      if (isLogError(error, 'bad-cursor')) throw new BadRequestException();
      if (error instanceof LogError) throw new NotFoundException();
      throw error;
    }
  }

  /** False where it had ended already. */
  async stop(user: string, id: string): Promise<boolean> {
    const logId = logIdOf(user, id);
    if (await this.#log.stop(logId)) return true;
    if (await this.#log.state(logId)) return false;
    throw new NotFoundException();
  }
}
