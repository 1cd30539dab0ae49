import { dialects } from '../catalogue/index.ts';
import { aiSdkClients } from './aiSdk.ts';
import { anthropicClients } from './anthropicMessages.ts';
import type { ConformanceClient } from './ConformanceClient.ts';
import { eventsourceParserClients } from './eventsourceParser.ts';
import { fetchLoopClients } from './fetchLoop.ts';
import { googleGenAiClients } from './googleGenAi.ts';
import { ollamaClients } from './ollamaPackage.ts';
import { openAiChatClients } from './openAiChat.ts';
import { openAiResponsesClients } from './openAiResponses.ts';
import { rxllmClients } from './rxllm.ts';

/** Every client, in the order in which a dialect's columns have them. */
export const clients: readonly ConformanceClient[] = [
  ...dialects.flatMap(rxllmClients),
  ...openAiChatClients,
  ...openAiResponsesClients,
  ...anthropicClients,
  ...googleGenAiClients,
  ...ollamaClients,
  ...aiSdkClients,
  ...eventsourceParserClients,
  ...fetchLoopClients,
];
