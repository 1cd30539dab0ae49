import { anthropicMessages } from '../../src/dialects/anthropic-messages/index.ts';
import type { Dialect } from '../../src/dialects/Dialect.ts';
import { gemini } from '../../src/dialects/gemini/index.ts';
import { ollama } from '../../src/dialects/ollama/index.ts';
import { openAiChat } from '../../src/dialects/openai-chat/index.ts';
import { openAiResponses } from '../../src/dialects/openai-responses/index.ts';
import type { CaseGroup } from './ConformanceCase.ts';
import { cutCases } from './cutCases.ts';
import { errorCases } from './errorCases.ts';
import { framingCases } from './framingCases.ts';
import { leavingCases } from './leavingCases.ts';
import { nearlyCases } from './nearlyCases.ts';
import { silenceCases } from './silenceCases.ts';
import { toolCases } from './toolCases.ts';

/** Every case, in the order in which the document has them. */
export const catalogue: readonly CaseGroup[] = [
  framingCases,
  nearlyCases,
  cutCases,
  toolCases,
  errorCases,
  silenceCases,
  leavingCases,
];

/** Who is spoken to, in the order in which the document has them. */
export const dialects: readonly Dialect[] = [openAiChat, openAiResponses, anthropicMessages, gemini, ollama];
