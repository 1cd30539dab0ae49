import {
  catchError,
  connect,
  EMPTY,
  map,
  merge,
  type Observable,
  of,
  scan,
  startWith,
  throwError,
  timeInterval,
} from 'rxjs';

// An application imports these from 'rxllm'; the demo runs without a build.
import {
  accumulateDelta,
  type Completion,
  type Dialect,
  filterHeartbeat,
  fromSse,
  isStreamError,
  parseChunk,
  type RequestOptions,
  type StreamError,
  takeUntilDone,
  toDeltas,
} from '../../src/index.ts';

/** One stream at one moment: the answer so far, and how it has been coming in. */
export interface Reading {
  readonly title: string;
  readonly completion: Completion | undefined;
  readonly chunks: number;
  readonly elapsedMs: number;
  /** When the first and the last token so far arrived, counted from the subscription on. */
  readonly firstTokenMs: number | undefined;
  readonly lastTokenMs: number | undefined;
  /** How it ended; `undefined` while it is under way. */
  readonly ending: 'whole' | 'stopped' | StreamError | undefined;
}

/** All streams that are shown together, at one moment. */
export type Scene = readonly Reading[];

export const isLive = ({ ending }: Reading): boolean => ending === undefined;

type News =
  | { readonly kind: 'chunk' }
  | { readonly kind: 'answer'; readonly completion: Completion }
  | { readonly kind: 'failure'; readonly error: StreamError };

/** Everything that a model has said, whichever way it said it. */
const saidIn = (completion: Completion | undefined): readonly string[] => {
  const { text = '', reasoning = '', refusal = '', toolCalls = [] } = completion?.choices[0] ?? {};
  return [reasoning, text, refusal, ...toolCalls.flatMap((call) => [call.name, call.argumentsText])];
};

const charsIn = (completion: Completion | undefined): number =>
  saidIn(completion).reduce((sum, { length }) => sum + length, 0);

const withAnswer = (reading: Reading, completion: Completion): Reading => {
  const hasGrown = charsIn(completion) > charsIn(reading.completion);
  const lastTokenMs = hasGrown ? reading.elapsedMs : reading.lastTokenMs;
  return {
    ...reading,
    completion,
    firstTokenMs: reading.firstTokenMs ?? lastTokenMs,
    lastTokenMs,
    ending: completion.ended ? 'whole' : undefined,
  };
};

const advance = (before: Reading, news: News, passedMs: number): Reading => {
  const reading = { ...before, elapsedMs: before.elapsedMs + passedMs };
  switch (news.kind) {
    case 'chunk':
      return { ...reading, chunks: reading.chunks + 1 };
    case 'answer':
      return withAnswer(reading, news.completion);
    case 'failure':
      return { ...reading, completion: news.error.partial ?? reading.completion, ending: news.error };
  }
};

/**
 * Asks once per subscription, and tells after every chunk how the answer is doing. A stream that fails
 * is a reading too, so that one failure leaves the streams beside it alone.
 */
export const measure = <Body, Chunk>(
  title: string,
  dialect: Dialect<Body, Chunk>,
  request: RequestOptions<Body>,
): Observable<Reading> => {
  const nothingYet: Reading = {
    title,
    completion: undefined,
    chunks: 0,
    elapsedMs: 0,
    firstTokenMs: undefined,
    lastTokenMs: undefined,
    ending: undefined,
  };
  return fromSse(dialect.request(request)).pipe(
    filterHeartbeat(dialect),
    takeUntilDone(dialect),
    parseChunk(dialect),
    connect((chunk$) => {
      // Silent about errors: they are to come by way of `accumulateDelta`, which adds the partial answer to them.
      const count$ = chunk$.pipe(
        map((): News => ({ kind: 'chunk' })),
        catchError(() => EMPTY),
      );
      const answer$ = chunk$.pipe(
        toDeltas(dialect, { expectedChoices: dialect.expectedChoices(request.body) }),
        accumulateDelta(),
        map((completion): News => ({ kind: 'answer', completion })),
      );
      return merge(count$, answer$);
    }),
    catchError((error: unknown) =>
      isStreamError(error) ? of<News>({ kind: 'failure', error }) : throwError(() => error),
    ),
    timeInterval(),
    scan((reading, { value, interval }) => advance(reading, value, interval), nothingYet),
    startWith(nothingYet),
  );
};

/** How many tokens a text may have: about four letters each, but one for every character of CJK. */
const estimatedTokens = (text: string): number => {
  const dense = text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu)?.length ?? 0;
  return Math.ceil(dense + (text.length - dense) / 4);
};

/** A number, and whether it was counted by the provider or is our guess. */
export interface Amount {
  readonly value: number;
  readonly isEstimate: boolean;
}

/** The tokens of the answer. Providers send a placeholder at first; the count to trust comes with the stop reason. */
export const tokensIn = ({ completion }: Reading): Amount => {
  const { usage, finishReason, reasoning } = completion ?? {};
  const counted = finishReason === undefined ? 0 : (usage?.outputTokens ?? 0);
  // Reasoning that is billed but not shown was over before the first token came.
  const unseen = reasoning === '' ? (usage?.reasoningTokens ?? 0) : 0;
  return counted > unseen
    ? { value: counted - unseen, isEstimate: false }
    : { value: estimatedTokens(saidIn(completion).join('')), isEstimate: true };
};

/** Tokens after the first one, per second since it; `undefined` while that says nothing yet. */
export const tokensPerSecond = (reading: Reading): Amount | undefined => {
  const { firstTokenMs = 0, lastTokenMs = 0 } = reading;
  const { value, isEstimate } = tokensIn(reading);
  const tookMs = lastTokenMs - firstTokenMs;
  return tookMs < 100 || value < 2 ? undefined : { value: ((value - 1) * 1000) / tookMs, isEstimate };
};
