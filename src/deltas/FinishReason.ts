/**
 * Why a choice ended, in the words of no provider in particular.
 *
 * - `stop`: the model was done, or met a stop sequence
 * - `length`: a token limit or the context window was reached
 * - `tool-calls`: the model waits for the results of its tool calls
 * - `content-filter`: the provider withheld the rest
 * - `refusal`: the model or the provider declined to answer
 * - `pause`: a long turn was paused; send the answer back to go on
 * - `other`: a reason this library does not know; the `finish` delta has it in `raw`
 */
export type FinishReason = 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'refusal' | 'pause' | 'other';
