export { fakeProvider, type FakeProvider, type FakeProviderOptions, type ReceivedRequest } from './fakeProvider.ts';
export type { ListenOptions, RunningProvider } from './listen.ts';
export type { Fault, Reply } from './Reply.ts';
export { answer, type AnswerOptions } from './answer.ts';
export { recordFrames, type RecordFramesOptions, type RecordingSink } from './recordFrames.ts';
export { recordingFile } from './recordingFile.ts';
export { replayFrames, type ReplayOptions } from './replayFrames.ts';
export { fromRecording } from './fromRecording.ts';
