export { fromRelay } from './fromRelay.ts';
export type { RelayEnding } from './RelayEnding.ts';
export type { RelayAccess, RelayConnection, RelayOptions, RelayRetryOptions } from './RelayOptions.ts';
export { stopAnswer } from './stopAnswer.ts';
export { type RelayedAnswer, type RelayQuestion, viaRelay, type ViaRelayOptions } from './viaRelay.ts';
