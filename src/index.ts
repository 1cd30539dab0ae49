// The flow, from the network to the answer: bytes, frames, chunks, deltas, completions.
export { streamCompletion } from './pipeline/streamCompletion.ts';
export { streamDeltas } from './pipeline/streamDeltas.ts';
export { resumeCompletion } from './pipeline/resumeCompletion.ts';
export type { ResumeOptions, StreamLimits, StreamOptions } from './pipeline/StreamOptions.ts';

export { fromHttp } from './bytes/fromHttp.ts';
export type { HttpRequest, HttpTimeouts } from './bytes/HttpRequest.ts';

export type { Frame, HeartbeatFrame, MessageFrame, StrayFrame } from './frames/Frame.ts';
export { fromSse } from './frames/fromSse.ts';
export { decodeFrames, type DecodeFramesOptions } from './frames/decodeFrames.ts';
export { encodeFrame } from './frames/encodeFrame.ts';

export type { Dialect, RequestOptions, RequestTimeouts } from './dialects/Dialect.ts';
export { filterHeartbeat } from './chunks/filterHeartbeat.ts';
export { takeUntilDone } from './chunks/takeUntilDone.ts';
export { parseChunk, type ParseChunkOptions } from './chunks/parseChunk.ts';
export { parseChunkEither } from './chunks/parseChunkEither.ts';
export { toDeltas, type ToDeltasOptions } from './chunks/toDeltas.ts';
export { decodeDeltas, type DecodeDeltasOptions } from './chunks/decodeDeltas.ts';

export type {
  AudioDelta,
  Citation,
  CitationDelta,
  Delta,
  EndDelta,
  FinishDelta,
  LogprobsDelta,
  OtherDelta,
  PartEndDelta,
  PartKind,
  PartPlace,
  PartStartDelta,
  PieceDelta,
  ResumeDelta,
  RetryDelta,
  SignatureDelta,
  StartDelta,
  TextDelta,
  TokenLogprob,
  ToolCallDelta,
  ToolExecutor,
  UsageDelta,
} from './deltas/Delta.ts';
export type { FinishReason } from './deltas/FinishReason.ts';
export type { Usage } from './deltas/Usage.ts';
export { pickDeltas } from './deltas/pickDeltas.ts';
export { textOf } from './deltas/textOf.ts';

export type {
  AudioPart,
  Choice,
  Completion,
  GrowingList,
  Logprobs,
  OtherPart,
  Part,
  ReasoningPart,
  RefusalPart,
  TextPart,
  ToolCall,
  ToolCallBase,
  ToolResultPart,
} from './completions/Completion.ts';
export { reduceDelta } from './completions/reduceDelta.ts';
export { accumulateDelta, type AccumulateDeltaOptions } from './completions/accumulateDelta.ts';
export type { AnswerLimits } from './completions/answerLimiter.ts';
export { lastCompletion } from './completions/lastCompletion.ts';

export { retryWithBackoff, type RetryWithBackoffOptions } from './resilience/retryWithBackoff.ts';
export { backoffMs, type BackoffOptions } from './resilience/backoffMs.ts';
export { timeouts, type TimeoutsOptions } from './resilience/timeouts.ts';
export { streamStatus, type StreamStatus, type StreamStatusOptions } from './ui/streamStatus.ts';
export { stoppedBy } from './resilience/stoppedBy.ts';

export { fallback, type FallbackOptions } from './combine/fallback.ts';
export { hedge, type HedgeOptions } from './combine/hedge.ts';
export { raceFirstToken, type RaceFirstTokenOptions } from './combine/raceFirstToken.ts';
export { pool, type PoolEvent, type PoolOptions } from './combine/pool.ts';
export type { PoolJob } from './combine/JobDispatcher.ts';
export { latestCompletions, type LatestCompletion, type LatestCompletions } from './combine/latestCompletions.ts';
export { mergeStreams, type KeyedDelta } from './combine/mergeStreams.ts';
export { splitChoices, type SplitChoicesOptions } from './combine/splitChoices.ts';
export { shareCompletion } from './combine/shareCompletion.ts';
export { toAsyncIterable } from './combine/toAsyncIterable.ts';
export { toReadableStream } from './combine/toReadableStream.ts';
export type { PacedSource, QueueOptions } from './combine/inboxOf.ts';
export type { Pace } from './combine/Inbox.ts';

export { isStreamError, type StreamError } from './errors/StreamError.ts';
export { HttpError, type HttpErrorFields } from './errors/HttpError.ts';
export { ContentTypeError, type ContentTypeErrorFields } from './errors/ContentTypeError.ts';
export { NetworkError, type NetworkErrorFields } from './errors/NetworkError.ts';
export { ApiError, type ApiErrorFields } from './errors/ApiError.ts';
export { ChunkParseError, type ChunkParseErrorFields } from './errors/ChunkParseError.ts';
export { TruncatedError, type TruncatedErrorFields } from './errors/TruncatedError.ts';
export { StreamTimeoutError, type TimeoutPhase } from './errors/StreamTimeoutError.ts';
export { AbortedError } from './errors/AbortedError.ts';
export { LimitError } from './errors/LimitError.ts';
export { ToolArgumentsError } from './errors/ToolArgumentsError.ts';
export { InvalidOptionError } from './errors/InvalidOptionError.ts';
export { TaggedError } from './errors/TaggedError.ts';
export { readApiError } from './errors/readApiError.ts';
