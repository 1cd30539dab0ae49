export { fakeLlm, type FakeLlm, type FakeLlmOptions } from './fakeLlm.ts';
export type { FakeAnswer, FakeRequest, FakeToolCall } from './FakeStream.ts';
