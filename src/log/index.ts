export { type Cursor, cursorOf, type LogPlace, logStart, placeOf } from './Cursor.ts';
export { createLog } from './createLog.ts';
export { deltaCodec, type LogCodec } from './LogCodec.ts';
export type {
  LogDriver,
  LogEnding,
  LogEntry,
  LogHint,
  LogState,
  OpenedLog,
  OpenOptions,
} from './LogDriver.ts';
export type { LogOutcome } from './LogOutcome.ts';
export type { ProducerEnd } from './LogProducer.ts';
export type { LogBatch, LogReader, LogRecord } from './LogReader.ts';
export { memoryDriver } from './memoryDriver.ts';
export { memoryLog } from './memoryLog.ts';
export type { Generation, LogOptions, StartOptions, StreamLog } from './StreamLog.ts';
