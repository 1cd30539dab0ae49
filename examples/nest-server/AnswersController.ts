import { randomUUID } from 'node:crypto';

import {
  BadRequestException,
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Post,
  Sse,
  UseGuards,
} from '@nestjs/common';
import type { Observable } from 'rxjs';

import { encodeDeltas, type NestMessage, toMessageEvents, toResponse } from '../../src/server/index.ts';
import { noQuestion, questionOf } from '../server-parts/questionIn.ts';
import { reportError as report } from '../server-parts/reportError.ts';
import { AnswersService } from './AnswersService.ts';
import { User, UserGuard } from './UserGuard.ts';

@Controller('answers')
@UseGuards(UserGuard)
export class AnswersController {
  readonly #answers: AnswersService;

  constructor(@Inject(AnswersService) answers: AnswersService) {
    this.#answers = answers;
  }

  /** Starts an answer and sends it; `fromRelay` comes again with its key and its place when the connection was cut. */
  @Post()
  async start(
    @User() user: string,
    @Body() body: unknown,
    @Headers('idempotency-key') key?: string,
    @Headers('last-event-id') after?: string,
  ): Promise<Response> {
    const [question, id] = [questionOf(body), key ?? randomUUID()];
    if (question === undefined) throw new BadRequestException(noQuestion());
    if (after === undefined) await this.#answers.start(user, id, question);
    return this.follow(user, id, after);
  }

  /** A `Response` is pulled as fast as its client reads: what a slow one has not read yet waits in the log. */
  @Get(':id')
  async follow(
    @User() user: string,
    @Param('id') id: string,
    @Headers('last-event-id') after?: string,
  ): Promise<Response> {
    const reader = await this.#answers.open(user, id, after);
    return toResponse(reader, encodeDeltas(), { headers: { 'x-answer-id': id }, report });
  }

  /** The same in Nest's own way, which holds in memory what a client has not read. What it drops at the limit resumes. */
  @Sse(':id/events', { maxPendingDataLength: 262_144 })
  events(
    @User() user: string,
    @Param('id') id: string,
    @Headers('last-event-id') after?: string,
  ): Observable<NestMessage> {
    return toMessageEvents(() => this.#answers.open(user, id, after), encodeDeltas(), { report });
  }

  @Post(':id/cancel')
  @HttpCode(200)
  async stop(@User() user: string, @Param('id') id: string): Promise<{ id: string; stopped: boolean }> {
    return { id, stopped: await this.#answers.stop(user, id) };
  }
}
