import type { Delta, Dialect, ToolCall } from 'rxllm';

/** A dialect, and what must be known of it to hold it to the contract. */
export interface DialectCase {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the contract holds for every body
  readonly dialect: Dialect<any>;
  /** Whether it is none of the library's. */
  readonly isOurOwn?: boolean;
  /** A body with nothing in it that it can do without. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The fields without which it is refused. */
  readonly required: readonly string[];
  /** An address as the provider documents it, and where requests go from there. */
  readonly baseUrl: string;
  readonly url: string;
  readonly wholeUrl: string;
  /** The headers that carry a key. */
  readonly auth: (apiKey: string) => Readonly<Record<string, string>>;
  /** Whether a request asks for a stream: by its address, or in its body. */
  readonly asksForStream: (url: string, json: Readonly<Record<string, unknown>>) => boolean;
  /** The names of the tools in a body. */
  readonly toolNames: (body: Readonly<Record<string, unknown>>) => readonly unknown[];
  /** The samples that the dialect has no words for, with the reason. */
  readonly cannotSay?: Readonly<Record<string, string>>;
  /** What it says for a stop reason that is not its own. */
  readonly nearestReasons?: Readonly<Record<string, string>>;
  /** How a call looks when it comes back, where the dialect forgets something of it. */
  readonly callView?: (call: ToolCall) => object;
  /** Data of a frame that the dialect does not know. */
  readonly unknownData: string;
  /** The seals of `round` that must go back, in their order. */
  readonly seals: readonly string[];
  /** An answer with sealed reasoning, text and two calls, one of them cut off, as this provider's goes back. */
  readonly round?: readonly Delta[];
  /** What tells the calls in a body apart, and what its results refer to. */
  readonly callIds: (body: Readonly<Record<string, unknown>>) => {
    readonly called: readonly unknown[];
    readonly answered: readonly unknown[];
  };
  /** What is said in a body, and by whom, in order; that of the system first. */
  readonly conversation: (
    body: Readonly<Record<string, unknown>>,
  ) => readonly (readonly [role: string, words: string])[];
  /** Content in the provider's own form: a part of a message, where there are parts, and a whole message. */
  readonly ownContent: { readonly part: object | undefined; readonly whole: object };
}
