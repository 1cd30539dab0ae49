import { isJsonObject, isListOrNothing, isNothing, isNumberOrNothing, isTextOrNothing } from '../quickened.ts';

const isFunctionFragment = (value: unknown): boolean =>
  isJsonObject(value) && isTextOrNothing(value['name']) && isTextOrNothing(value['arguments']);

const isToolCallFragment = (value: unknown): boolean =>
  isJsonObject(value) &&
  isNumberOrNothing(value['index']) &&
  isTextOrNothing(value['id']) &&
  isTextOrNothing(value['type']) &&
  (isNothing(value['function']) || isFunctionFragment(value['function'])) &&
  isNothing(value['custom']);

const isChoiceDelta = (value: unknown): boolean =>
  isJsonObject(value) &&
  isTextOrNothing(value['role']) &&
  isTextOrNothing(value['content']) &&
  isTextOrNothing(value['reasoning_content']) &&
  isTextOrNothing(value['reasoning']) &&
  isNothing(value['reasoning_details']) &&
  isTextOrNothing(value['refusal']) &&
  isListOrNothing(value['tool_calls'], isToolCallFragment) &&
  isNothing(value['function_call']) &&
  isNothing(value['audio']) &&
  isNothing(value['annotations']);

const isChoice = (value: unknown): boolean =>
  isJsonObject(value) &&
  isNumberOrNothing(value['index']) &&
  isTextOrNothing(value['finish_reason']) &&
  (isNothing(value['delta']) || isChoiceDelta(value['delta']));

/** Whether a value is a `ChatCompletionChunk` of the usual kind: text, reasoning, tool calls. */
export const isSurelyChunk = (value: unknown): boolean =>
  isJsonObject(value) &&
  isTextOrNothing(value['id']) &&
  isTextOrNothing(value['object']) &&
  isTextOrNothing(value['model']) &&
  isTextOrNothing(value['service_tier']) &&
  isNothing(value['citations']) &&
  isListOrNothing(value['choices'], isChoice);
