/** What a program imports. */
export interface Pipeline {
  readonly name: string;
  readonly code: string;
}

const dialects = [
  ['rxllm/openai', 'openAiChat'],
  ['rxllm/anthropic', 'anthropicMessages'],
] as const;

const operators = [
  'fromSse',
  'filterHeartbeat',
  'takeUntilDone',
  'parseChunk',
  'toDeltas',
  'retryWithBackoff',
  'accumulateDelta',
  'bufferForUi',
].join(', ');

/** What most programs import of the library: the composed pipeline, or the one call, with one dialect. */
export const pipelines: readonly Pipeline[] = dialects.flatMap(([specifier, dialect]) => [
  {
    name: `composed pipeline + ${specifier}`,
    code: `export { ${operators} } from 'rxllm'; export { ${dialect} } from '${specifier}';`,
  },
  {
    name: `streamCompletion + ${specifier}`,
    code: `export { streamCompletion } from 'rxllm'; export { ${dialect} } from '${specifier}';`,
  },
]);

/** What others need for the same. */
export const otherClients: readonly Pipeline[] = [
  { name: 'openai', code: `export { default } from 'openai';` },
  { name: '@anthropic-ai/sdk', code: `export { default } from '@anthropic-ai/sdk';` },
  { name: 'ai + @ai-sdk/openai', code: `export { streamText } from 'ai'; export { openai } from '@ai-sdk/openai';` },
];
