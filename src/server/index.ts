export type { Encoder, FrameWriter } from './Encoder.ts';
export { encodeDeltas } from './encodeDeltas.ts';
export { type NodeResponse, type PipeEnd, pipeToResponse } from './pipeToResponse.ts';
export type { NodeAnswerResponse } from './NodeAnswerResponse.ts';
export type { NodeRequest } from './NodeRequest.ts';
export { type AnswerTask, resumable, type Resumable } from './resumable.ts';
export type { AnswerAccess, AnswerStart, ResumableOptions } from './ResumableOptions.ts';
export type { SinkOptions } from './SinkOptions.ts';
export { toResponse } from './toResponse.ts';
