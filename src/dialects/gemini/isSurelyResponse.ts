import { isJsonObject, isListOrNothing, isNothing, isNumberOrNothing, isTextOrNothing } from '../quickened.ts';

const isPart = (value: unknown): boolean =>
  isJsonObject(value) &&
  isTextOrNothing(value['text']) &&
  (isNothing(value['thought']) || typeof value['thought'] === 'boolean') &&
  isTextOrNothing(value['thoughtSignature']) &&
  isNothing(value['functionCall']) &&
  isNothing(value['executableCode']) &&
  isNothing(value['toolCall']) &&
  isNothing(value['inlineData']) &&
  isNothing(value['audioTranscription']);

const isContent = (value: unknown): boolean => isJsonObject(value) && isListOrNothing(value['parts'], isPart);

const isCandidate = (value: unknown): boolean =>
  isJsonObject(value) &&
  isNumberOrNothing(value['index']) &&
  (isNothing(value['content']) || isContent(value['content'])) &&
  isTextOrNothing(value['finishReason']) &&
  isTextOrNothing(value['finishMessage']) &&
  isNothing(value['citationMetadata']) &&
  isNothing(value['groundingMetadata']) &&
  isNothing(value['logprobsResult']);

const isModalityCount = (value: unknown): boolean =>
  isJsonObject(value) && isTextOrNothing(value['modality']) && isNumberOrNothing(value['tokenCount']);

const isUsage = (value: unknown): boolean =>
  isJsonObject(value) &&
  isNumberOrNothing(value['promptTokenCount']) &&
  isNumberOrNothing(value['candidatesTokenCount']) &&
  isNumberOrNothing(value['thoughtsTokenCount']) &&
  isNumberOrNothing(value['toolUsePromptTokenCount']) &&
  isNumberOrNothing(value['cachedContentTokenCount']) &&
  isNumberOrNothing(value['totalTokenCount']) &&
  isListOrNothing(value['promptTokensDetails'], isModalityCount) &&
  isListOrNothing(value['toolUsePromptTokensDetails'], isModalityCount) &&
  isListOrNothing(value['candidatesTokensDetails'], isModalityCount);

/** Whether a value is a `GenerateContentResponse` of the usual kind: text or reasoning, and usage. */
export const isSurelyResponse = (value: unknown): boolean =>
  isJsonObject(value) &&
  isListOrNothing(value['candidates'], isCandidate) &&
  isNothing(value['promptFeedback']) &&
  (isNothing(value['usageMetadata']) || isUsage(value['usageMetadata'])) &&
  isTextOrNothing(value['modelVersion']) &&
  isTextOrNothing(value['responseId']);
