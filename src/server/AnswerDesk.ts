import { defer, type Observable, tap } from 'rxjs';

import type { Delta } from '../deltas/Delta.ts';
import { LogError } from '../errors/LogError.ts';
import { isAnswerId } from '../internal/isAnswerId.ts';
import { type Cursor, placeOf } from '../log/Cursor.ts';
import type { LogReader } from '../log/LogReader.ts';
import type { StreamLog } from '../log/StreamLog.ts';
import { answerSoFar } from './answerSoFar.ts';
import type { AnswerRoute } from './AnswerRoute.ts';
import { jsonBody } from './jsonBody.ts';
import { badRequest, noSuchAnswer, Refusal } from './Refusal.ts';
import type { AnswerAccess, CheckedResumable } from './ResumableOptions.ts';
import type { SinkOptions } from './SinkOptions.ts';
import { startRefusal } from './startRefusal.ts';
import { VoidReader } from './VoidReader.ts';

/** An answer that is ready to be sent. */
export interface OpenAnswer {
  readonly reader: LogReader<Delta>;
  readonly sink: SinkOptions;
}

/** An answer, as a client and as the log know it. */
interface NamedAnswer {
  readonly id: string;
  readonly logId: string;
}

/** What each of them may be told of, besides what is in the body. */
const exposed = 'x-answer-id, retry-after';

/** Names what belongs to a scope: whatever the two texts are, no other two make the same one. */
const logIdOf = (scope: string, id: string): string => JSON.stringify([scope, id]);

/** The key by which a client may ask again for what it asked for before. The standard has it in quotes, most clients do not. */
const keyIn = (request: Request): string | undefined => {
  const given = request.headers.get('idempotency-key');
  if (given === null) return undefined;
  const key = given.replace(/^"(.*)"$/s, '$1');
  if (isAnswerId(key)) return key;
  throw badRequest('the idempotency-key must be 1 to 128 letters, digits and . _ ~ : -, a letter, digit or _ first');
};

/** Where the client is. What reconnects by itself repeats the address that it was given, so the header is newer. */
const cursorIn = (request: Request): Cursor | undefined => {
  const cursor = request.headers.get('last-event-id') ?? new URL(request.url).searchParams.get('after') ?? '';
  if (cursor === '') return undefined;
  if (placeOf(cursor)) return cursor as Cursor;
  throw badRequest('this is no cursor of an answer');
};

/** Whether a client wants to know how an answer stands, rather than to follow it; only protocols that have both are asked. */
const asksForSnapshot = ({ headers, url }: Request): boolean =>
  new URL(url).searchParams.get('stream') !== 'true' &&
  !headers.has('last-event-id') &&
  !(headers.get('accept') ?? '').includes('text/event-stream');

/** Does what requests ask for; throws a `Refusal`, or whatever the callbacks throw. */
export class AnswerDesk<Context> {
  readonly #log: StreamLog<Delta>;
  readonly #options: CheckedResumable<Context>;

  constructor(log: StreamLog<Delta>, options: CheckedResumable<Context>) {
    this.#log = log;
    this.#options = options;
  }

  serve(request: Request, route: AnswerRoute, context: Context): Promise<OpenAnswer | Response> {
    switch (route.action) {
      case 'start':
        return this.#start(request, context);
      case 'follow':
        return this.#follow(request, route.id, context);
      case 'stop':
        return this.#stop(request, route.id, context);
      case 'options':
        return Promise.resolve(new Response(null, { status: 204, headers: { allow: route.allow } }));
    }
  }

  async #start(request: Request, context: Context): Promise<OpenAnswer | Response> {
    const key = keyIn(request);
    const id = key ?? crypto.randomUUID();
    const scope = await this.#scope(request, { action: 'start', id, context });
    if (typeof scope !== 'string') return scope;
    const answer = { id, logId: logIdOf(scope, id) };
    // A client that has seen some of it wants the rest, not another answer.
    const hasBegun = key !== undefined && (cursorIn(request) !== undefined || (await this.#exists(answer)));
    if (!hasBegun) {
      const body = await jsonBody(request, this.#options.maxBodyBytes);
      const source = await this.#source({ ...answer, scope, body, request, context });
      await this.#begin(answer, source);
    }
    return this.#open(answer, request, key === undefined ? undefined : cursorIn(request));
  }

  async #follow(request: Request, id: string, context: Context): Promise<OpenAnswer | Response> {
    const answer = await this.#allowed(request, { action: 'follow', id, context });
    if (answer instanceof Response) return answer;
    const snapshot = asksForSnapshot(request) ? await this.#snapshot(answer, false) : undefined;
    return snapshot ?? this.#open(answer, request, cursorIn(request));
  }

  async #stop(request: Request, id: string, context: Context): Promise<Response> {
    const answer = await this.#allowed(request, { action: 'stop', id, context });
    if (answer instanceof Response) return answer;
    const stopped = await this.#engine(() => this.#log.stop(answer.logId));
    if (!stopped && !(await this.#exists(answer))) throw noSuchAnswer();
    return (await this.#snapshot(answer, stopped)) ?? this.#json(answer, { id, stopped });
  }

  /** How an answer stands, in a protocol that has a form for that. One that was just told to stop may not have ended yet. */
  async #snapshot(answer: NamedAnswer, isStopped: boolean): Promise<Response | undefined> {
    const { encoder } = this.#options;
    if (!encoder.snapshot) return undefined;
    const reader = await this.#reader(answer.logId, undefined);
    const { events, outcome } = await this.#engine(() => answerSoFar(reader));
    const stopped = isStopped ? ({ state: 'stopped', reason: 'stopped' } as const) : undefined;
    return this.#json(answer, encoder.snapshot(answer.id, events, outcome ?? stopped));
  }

  #json({ id }: NamedAnswer, body: object): Response {
    return Response.json(body, {
      headers: { 'cache-control': 'no-store', 'x-answer-id': id, 'access-control-expose-headers': exposed },
    });
  }

  async #scope(request: Request, access: AnswerAccess<Context>): Promise<string | Response> {
    const scope = await this.#options.authorize(request, access);
    if (scope instanceof Response || (typeof scope === 'string' && scope !== '')) return scope;
    throw new Refusal(403, 'permission_error', 'this is not allowed');
  }

  async #allowed(request: Request, access: AnswerAccess<Context>): Promise<NamedAnswer | Response> {
    const { id } = access;
    // No answer has such a name, so nobody needs to be asked.
    if (!isAnswerId(id)) throw noSuchAnswer();
    const scope = await this.#scope(request, access);
    return typeof scope === 'string' ? { id, logId: logIdOf(scope, id) } : scope;
  }

  async #source(start: Parameters<CheckedResumable<Context>['start']>[0]): Promise<Observable<Delta>> {
    try {
      return await this.#options.start(start);
    } catch (error) {
      if (error instanceof Response || error instanceof Refusal) throw error;
      this.#options.report(error);
      throw startRefusal(error);
    }
  }

  async #begin({ logId }: NamedAnswer, source: Observable<Delta>): Promise<void> {
    const { report, startOptions } = this.#options;
    const reported = defer(() => source).pipe(tap({ error: report }));
    try {
      await this.#engine(() => this.#log.start(logId, reported, startOptions));
    } catch (error) {
      // Another request with this key was quicker, here or on another server.
      if (!(error instanceof LogError && error.reason === 'exists')) throw error;
    }
  }

  async #open(answer: NamedAnswer, request: Request, cursor: Cursor | undefined): Promise<OpenAnswer> {
    const { encoder, heartbeatMs, stallMs, retryMs, headers, report } = this.#options;
    const { id, logId } = answer;
    return {
      reader: await this.#reader(logId, cursor),
      sink: {
        id,
        isSeen: encoder.seenBy?.(request),
        heartbeatMs,
        stallMs,
        retryMs,
        report,
        headers: { 'x-answer-id': id, 'access-control-expose-headers': exposed, ...headers },
      },
    };
  }

  async #reader(logId: string, cursor: Cursor | undefined): Promise<LogReader<Delta>> {
    const fromStart = (): Promise<LogReader<Delta>> => this.#log.open(logId);
    try {
      return await this.#engine(() => this.#log.open(logId, cursor));
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      if (error.reason === 'bad-cursor') throw badRequest('this is no cursor of an answer');
      if (error.reason !== 'rolled-back') throw noSuchAnswer();
      // Who is sent all of it again in any case has nothing to be told.
      if (this.#options.encoder.resumeBy === 'start') return this.#engine(fromStart);
      return new VoidReader(logId, fromStart) as unknown as LogReader<Delta>;
    }
  }

  async #exists({ logId }: NamedAnswer): Promise<boolean> {
    return (await this.#engine(() => this.#log.state(logId))) !== undefined;
  }

  /** What the engine cannot do now, it may do later. */
  async #engine<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof LogError) throw error;
      this.#options.report(error);
      throw new Refusal(503, 'overloaded_error', 'answers cannot be reached at the moment');
    }
  }
}
