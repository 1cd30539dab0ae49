import type { FinishReason } from '../../deltas/FinishReason.ts';

const neutral = new Map<string, FinishReason>([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool-calls'],
  ['pause_turn', 'pause'],
  ['refusal', 'refusal'],
]);

/** The neutral word for a `stop_reason`. */
export const finishReasonOf = (raw: string): FinishReason => neutral.get(raw) ?? 'other';

/** The `stop_reason` for a neutral word; reasons that only other providers have become the nearest. */
export const stopReasonFrom = (reason: FinishReason): string =>
  ({
    stop: 'end_turn',
    length: 'max_tokens',
    'tool-calls': 'tool_use',
    'content-filter': 'refusal',
    refusal: 'refusal',
    pause: 'pause_turn',
    other: 'end_turn',
  })[reason];
