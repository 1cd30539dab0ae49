// What dialects are written with: the request, the mapper, the way back, and what is put into a body.
export { checkBody, requestOf, type RequestParts } from './requestOf.ts';
export { type PartDetails, PartWriter } from '../deltas/PartWriter.ts';
export { type KnownUsage, usageOf } from '../deltas/Usage.ts';
export { type WholeCall, wholeCalls } from './wholeCalls.ts';
export { messageOf } from './messageOf.ts';
export { messagesWith } from './messagesWith.ts';
export { continuation } from './continuation.ts';
export { argumentsOf } from './argumentsOf.ts';
export type { Cursor, Dialect, NonStreaming, PiecePlace } from './Dialect.ts';
