import type { ToolExecutor } from '../../deltas/Delta.ts';
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
const stopReasonFrom = (reason: FinishReason): string =>
  ({
    stop: 'end_turn',
    length: 'max_tokens',
    'tool-calls': 'tool_use',
    'content-filter': 'refusal',
    refusal: 'refusal',
    pause: 'pause_turn',
    other: 'end_turn',
  })[reason];

/** The stop reason as clients expect it: they run what was called if, and only if, it says so. */
export const stopReasonFor = (reason: FinishReason, raw: string, executors: ReadonlySet<ToolExecutor>): string => {
  if (reason === 'stop' && executors.has('client')) return 'tool_use';
  if (reason === 'tool-calls' && executors.has('server') && !executors.has('client')) return 'end_turn';
  return reason === 'other' ? raw : stopReasonFrom(reason);
};
