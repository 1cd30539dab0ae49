export type { Encoder, FrameWriter } from './Encoder.ts';
export { encodeDeltas } from './encodeDeltas.ts';
export { type NodeResponse, type PipeEnd, pipeToResponse } from './pipeToResponse.ts';
export type { SinkOptions } from './SinkOptions.ts';
export { toResponse } from './toResponse.ts';
