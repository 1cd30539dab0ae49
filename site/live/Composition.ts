/** How fast the provider speaks; the time between two frames, in milliseconds. */
export const speeds = { slow: 200, normal: 70, fast: 15, 'all at once': 0 } as const;

/** What goes wrong, and what a visitor reads about it. */
export const faults = {
  none: 'nothing',
  cut: 'the connection ends too early',
  reset: 'the connection is reset',
  stall: 'nothing more comes',
  heartbeats: 'only heartbeats come',
  malformed: 'a frame is not JSON',
  'too many requests': 'status 429',
  'error in the stream': 'the provider reports an error',
} as const;

/** All that a visitor chose. */
export interface Composition {
  /** The name of one of `liveDialects`. */
  readonly dialect: string;
  readonly speed: keyof typeof speeds;
  readonly fault: keyof typeof faults;
  readonly where: 'before the first token' | 'in the middle';
  readonly times: 'once' | 'every time';
  /** Names of `liveOperators`, in order. */
  readonly operators: readonly string[];
}

export const firstComposition: Composition = {
  dialect: 'openAiChat',
  speed: 'normal',
  fault: 'none',
  where: 'in the middle',
  times: 'once',
  operators: [
    'filterHeartbeat',
    'takeUntilDone',
    'parseChunk',
    'toDeltas',
    'timeouts',
    'retryWithBackoff',
    'accumulateDelta',
    'bufferForUi',
  ],
};
