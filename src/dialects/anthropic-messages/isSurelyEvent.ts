import { isJsonObject, type JsonObject } from '../quickened.ts';

const isBlockDelta = (delta: JsonObject): boolean => {
  switch (delta['type']) {
    case 'text_delta':
      return typeof delta['text'] === 'string';
    case 'input_json_delta':
      return typeof delta['partial_json'] === 'string';
    case 'thinking_delta':
      return typeof delta['thinking'] === 'string';
    default:
      return false;
  }
};

/** Whether a value is a `MessageStreamEvent` of the kind that nearly all are: a piece of a block. */
export const isSurelyEvent = (value: unknown): boolean =>
  isJsonObject(value) &&
  value['type'] === 'content_block_delta' &&
  typeof value['index'] === 'number' &&
  isJsonObject(value['delta']) &&
  isBlockDelta(value['delta']);
