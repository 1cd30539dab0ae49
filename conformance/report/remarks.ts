/** Why some cells are as they are. */
export interface Remark {
  /** Ids of clients and cases that it speaks of; an id of a case that ends with `-` is the beginning of some. */
  readonly clients: readonly string[];
  readonly cases: readonly string[];
  /** Names of dialects. @defaultValue any */
  readonly dialects?: readonly string[];
  readonly text: string;
}

const rxllm = ['rxllm', 'rxllm-resume'];
const hasCutTolerance = ['openai-create', 'anthropic-create', 'genai', 'fetch-loop', 'ai'];

/** What rxllm does not do well, or does in a way that not everybody wants; a bad cell of its own that is not here is an error. */
export const ownRemarks: readonly Remark[] = [
  {
    clients: rxllm,
    cases: ['json-type'],
    text:
      'A response of the type `application/json` is taken for an error that says so (`ContentTypeError`), because that is what proxies and ' +
      'providers send instead of a stream. A server that labels its stream so is refused, where every other client here reads it.',
  },
  {
    clients: rxllm,
    cases: ['no-stop-reason'],
    text:
      'An answer without a stop reason is a `TruncatedError`, also where the marker came; its text is in `error.partial`. For a server that is ' +
      'known to send none, a dialect with `terminal: "marker"` takes it; the plain clients take it as it is. With `resume` the ' +
      'model is asked to go on three times first, which is paid for.',
  },
  {
    clients: ['rxllm-resume'],
    cases: ['resume-in-repetition'],
    text:
      'A model that is asked in words to go on may repeat itself, and where the repetition ends is a guess: of a text that itself repeats, some ' +
      'is taken for said already, and is lost. `resume` is off by default, and `by: "last-event-id"` and accepted prefills do not guess.',
  },
];

/** What the other clients do, where a reader may wonder. */
export const otherRemarks: readonly Remark[] = [
  {
    clients: hasCutTolerance,
    cases: ['end-'],
    text:
      'These hand out events or pieces and leave it to their reader to see whether the answer is whole. The columns "checked" have a reader who ' +
      'looks for the stop reason, and every TRUNCATED of this kind becomes an error there.',
  },
  {
    clients: ['openai-stream'],
    cases: ['end-'],
    dialects: ['openai-responses'],
    text:
      '`finalResponse()` gives what there is of a response whose stream ended early, with the `status` `in_progress`; who looks at it (checked) ' +
      'is told.',
  },
  {
    clients: ['anthropic-stream', 'anthropic-stream-checked', 'ai-checked', 'ai-stream-retries'],
    cases: ['end-before-marker'],
    dialects: ['anthropic-messages'],
    text: 'They ask for `message_stop`, which is stricter than rxllm, for which the stop reason is enough. An error is as good here.',
  },
  {
    clients: ['anthropic-stream', 'anthropic-stream-checked'],
    cases: ['arguments-'],
    text:
      'The helper reads arguments with a parser that mends JSON which is cut, so that they can be shown as they grow; in the final message, too. ' +
      'Who looks at `stop_reason`, as Anthropic’s guides do, runs none that the token limit cut; arguments that the model itself ' +
      'left unfinished cannot be told from whole ones.',
  },
  {
    clients: ['openai-stream', 'openai-stream-checked'],
    cases: ['unknown-events'],
    dialects: ['openai-responses'],
    text: 'The helper throws at an event that it does not know ("Unhandled response stream event").',
  },
  {
    clients: ['ai', 'ai-checked', 'ai-stream-retries'],
    cases: ['unknown-events'],
    dialects: ['anthropic-messages'],
    text: 'An event that its schema does not know becomes an `error` part; the text goes on behind it for a reader who does not mind.',
  },
  {
    clients: ['ai-checked', 'ai-stream-retries'],
    cases: ['cr'],
    text:
      'A last line that ends with CR alone stays unread (it could be the first half of CR LF), and with it the event that says that all is ' +
      'well. No provider is known to end lines so.',
  },
  {
    clients: ['ai-stream-retries'],
    cases: ['error-in-', 'fatal-error-', 'malformed-event'],
    text:
      'As documented: text that was emitted before an error cannot be taken back, and the step is said again behind it. The final `text` is right; ' +
      'what counts here is what a reader of the stream was shown.',
  },
  {
    clients: [
      'openai-create',
      'openai-create-checked',
      'openai-stream',
      'openai-stream-checked',
      'anthropic-create',
      'anthropic-create-checked',
      'anthropic-stream',
      'anthropic-stream-checked',
    ],
    cases: ['stall-', 'heartbeats-'],
    text:
      '`timeout` is documented as the wait for a response, and ends that (`stall-no-head`). Once the head is there, silence is not looked ' +
      'for: Node’s own `fetch` ends a body that is wholly silent after five minutes, and heartbeats keep it alive. A deadline for ' +
      'the whole answer can be set with `signal: AbortSignal.timeout(ms)`, for every client here; it ends long answers that are well, too.',
  },
  {
    clients: ['ai', 'ai-checked', 'ai-stream-retries', 'genai', 'genai-checked'],
    cases: ['stall-', 'heartbeats-'],
    text:
      'What ends some of these is a deadline for the whole: `stepMs` of ai (its `firstChunkMs` and `chunkMs`, which do look for silence, begin ' +
      'once the provider’s stream has begun) and `httpOptions.timeout` of @google/genai. In use it must be longer than the longest answer.',
  },
  {
    clients: ['eventsource-parser', 'fetch-loop', 'ollama'],
    cases: ['stall-', 'heartbeats-'],
    text: 'There is no clock. Node’s own `fetch` ends a body that is wholly silent after five minutes; heartbeats keep it alive.',
  },
  {
    clients: ['ollama'],
    cases: ['abort-before-head'],
    text: '`abort()` reaches answers whose head has arrived. Before that, a `fetch` of one’s own with a signal would do.',
  },
  {
    clients: ['ollama'],
    cases: ['malformed-event'],
    text: 'A line that is not JSON is logged and left out, and the text has a hole.',
  },
  {
    clients: ['genai', 'genai-checked'],
    cases: ['comments-inside', 'sse-fields', 'multi-line-data'],
    text: 'It takes an event for `data: ` and one line of JSON, which is how Google’s servers send it; a proxy between might write it differently.',
  },
];
