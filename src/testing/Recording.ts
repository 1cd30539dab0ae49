/** The head of a recorded response. */
export interface RecordedHead {
  /** 0 for a redirect in a browser, which hides the number. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** How an exchange ended. */
export type RecordedEnd =
  /** The body ended in good order, whether or not the answer in it was whole. */
  | { readonly how: 'complete' }
  /** The request was never answered, or the connection broke. */
  | {
      readonly how: 'failed';
      readonly name: string;
      readonly message: string;
      /** The system's word for it, such as `ECONNRESET`. */
      readonly code?: string | undefined;
    }
  /** The client left: it unsubscribed, aborted, or a clock of its own ran out. */
  | { readonly how: 'left' };

/** Bytes as a person can read them where they are text by themselves: no character is cut. */
export type RecordedBytes = { readonly text: string } | { readonly base64: string };

/** Which request a line is about, and how long after the line before it about the same, in milliseconds. */
interface Place {
  readonly id: number;
  readonly afterMs: number;
}

/** A line of a recording, but for the first one. */
export type RecordedLine =
  | {
      readonly id: number;
      readonly type: 'request';
      readonly method: string;
      readonly url: string;
      readonly body?: string;
    }
  | (Place & { readonly type: 'head' } & RecordedHead)
  | (Place & { readonly type: 'bytes' } & RecordedBytes)
  | (Place & { readonly type: 'end' } & RecordedEnd);

/** The first line of a recording. */
export const recordingHeader = { rxllm: 'recording', version: 1 } as const;

/** What happened in an exchange, and how long after what happened before, in milliseconds. */
export type RecordedEvent = { readonly afterMs: number } & (
  { readonly head: RecordedHead } | { readonly bytes: Uint8Array } | { readonly end: RecordedEnd }
);

/** A request and what came back; without an end where the recorder was stopped in the middle. */
export interface RecordedExchange {
  readonly method: string;
  readonly url: string;
  readonly events: readonly RecordedEvent[];
}

/** A recording that was read: its exchanges in the order of their requests. */
export type Recording = readonly RecordedExchange[];
