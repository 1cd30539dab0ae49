// The flow, from the network to the answer: bytes, frames, chunks, deltas, completions.
export { streamCompletion } from './pipeline/streamCompletion.ts';
export { streamDeltas } from './pipeline/streamDeltas.ts';
export { fetchCompletion } from './pipeline/fetchCompletion.ts';
export { resumeCompletion } from './pipeline/resumeCompletion.ts';
export { continueDeltas } from './pipeline/continueDeltas.ts';
export { transcode, type TranscodeOptions } from './pipeline/transcode.ts';
export type { StreamRunner } from './pipeline/StreamRunner.ts';
export type { ResumeOptions, StreamLimits, StreamOptions } from './pipeline/StreamOptions.ts';

export { fromHttp } from './bytes/fromHttp.ts';
export type { HttpRequest, HttpTimeouts } from './bytes/HttpRequest.ts';

export type { Frame, HeartbeatFrame, MessageFrame, StrayFrame } from './frames/Frame.ts';
export type { StreamSlice } from './frames/StreamSlice.ts';
export { fromSse } from './frames/fromSse.ts';
export { decodeFrames, type DecodeFramesOptions } from './frames/decodeFrames.ts';
export { encodeFrame } from './frames/encodeFrame.ts';
export { fromNdjson } from './frames/fromNdjson.ts';
export { decodeLines } from './frames/decodeLines.ts';
export { encodeLine } from './frames/encodeLine.ts';

export type {
  Dialect,
  NonStreaming,
  PromptMessage,
  RequestOptions,
  RequestTimeouts,
  ToolAnswer,
  ToolSpec,
} from './dialects/Dialect.ts';
export { filterHeartbeat } from './chunks/filterHeartbeat.ts';
export { takeUntilDone } from './chunks/takeUntilDone.ts';
export { parseChunk, type ParseChunkOptions } from './chunks/parseChunk.ts';
export { parseChunkEither } from './chunks/parseChunkEither.ts';
export { toDeltas, type ToDeltasOptions } from './chunks/toDeltas.ts';
export { decodeDeltas, type DecodeDeltasOptions } from './fused/decodeDeltas.ts';

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
  RedactDelta,
  ResumeDelta,
  RetryDelta,
  SignatureDelta,
  StartDelta,
  StepEndDelta,
  TextDelta,
  TokenLogprob,
  ToolCallDelta,
  ToolErrorDelta,
  ToolExecutor,
  ToolPlace,
  ToolResultDelta,
  ToolRunningDelta,
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
  Step,
  TextPart,
  ToolCall,
  ToolCallBase,
  ToolResultPart,
  ToolRun,
} from './completions/Completion.ts';
export { reduceDelta } from './completions/reduceDelta.ts';
export { accumulateDelta, type AccumulateDeltaOptions } from './completions/accumulateDelta.ts';
export type { AnswerLimits } from './completions/answerLimiter.ts';
export { lastCompletion } from './completions/lastCompletion.ts';

export { partialJson } from './json/partialJson.ts';
export { partialJsonEither } from './json/partialJsonEither.ts';
export { jsonItems } from './json/jsonItems.ts';
export { jsonPath } from './json/jsonPath.ts';
export type { DeepPartial } from './json/DeepPartial.ts';
export type { JsonOptions, JsonPlace } from './json/JsonOptions.ts';
export type { JsonPath } from './json/keysOf.ts';
export type { JsonSnapshot } from './json/JsonSnapshot.ts';

export { retryWithBackoff, type RetryWithBackoffOptions } from './resilience/retryWithBackoff.ts';
export { backoffMs, type BackoffOptions } from './resilience/backoffMs.ts';
export { timeouts, type TimeoutsOptions } from './resilience/timeouts.ts';
export { bufferForUi, type BufferForUiOptions } from './ui/bufferForUi.ts';
export { batchDeltas, type BatchDeltasOptions } from './ui/batchDeltas.ts';
export type { PaintOptions } from './ui/perPaint.ts';
export { smoothText, type SmoothTextOptions } from './ui/smoothText.ts';
export type { RevealUnit } from './ui/unitEnds.ts';
export { trackProgress, type TrackProgressOptions } from './ui/trackProgress.ts';
export { withProgress, type CompletionProgress, type WithProgressOptions } from './ui/withProgress.ts';
export type { StreamProgress } from './ui/StreamProgress.ts';
export { streamStatus, type StreamStatus, type StreamStatusOptions } from './ui/streamStatus.ts';

export { splitThinkTags, type SplitThinkTagsOptions } from './text/splitThinkTags.ts';
export { splitSentences, type SplitSentencesOptions } from './text/splitSentences.ts';
export { markdownBlocks } from './text/markdownBlocks.ts';
export type { MarkdownBlock, MarkdownBlocks } from './text/MarkdownBlock.ts';
export type { MarkdownLexer, MarkdownToken } from './text/lexBlocks.ts';
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

export { tool, type Tool, type ToolContext, type ToolOptions, type ToolOutput } from './tools/tool.ts';
export { runTools, type RunToolsOptions } from './tools/runTools.ts';
export type { Approval, PendingCall } from './tools/answerCall.ts';
export { jsonSchemaOf } from './tools/schema.ts';
export { described } from './tools/described.ts';
export { withTurns } from './chat/withTurns.ts';
export type { AssistantTurn, Turn } from './chat/Turn.ts';
export { moderate, type ModerateOptions } from './tools/moderate.ts';
export type {
  ModerationCheck,
  ModerationVerdict,
  ModerationViolation,
  ModerationWindow,
} from './tools/ModerationCheck.ts';

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
export { ToolError, type ToolErrorFields, type ToolErrorReason } from './errors/ToolError.ts';
export { OutputError, type OutputErrorFields } from './errors/OutputError.ts';
export { ModerationError, type ModerationErrorFields } from './errors/ModerationError.ts';
export { LogError, type LogErrorReason } from './errors/LogError.ts';
export { WorkerError, type WorkerErrorReason } from './errors/WorkerError.ts';
export { InvalidOptionError } from './errors/InvalidOptionError.ts';
export { TaggedError } from './errors/TaggedError.ts';
export { readApiError } from './errors/readApiError.ts';
