import type { Attributes } from '@opentelemetry/api';

/** What is read of a request: the same object that `streamDeltas` takes will do. Keys and headers are never looked at. */
export interface TracedRequest {
  readonly baseUrl?: string | undefined;
  readonly body?: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** Where the providers' bodies have what the conventions ask for: fields of the body, or of an object in it. */
const numbers: readonly (readonly [attribute: string, ...fields: string[]])[] = [
  [
    'gen_ai.request.max_tokens',
    'max_completion_tokens',
    'max_tokens',
    'max_output_tokens',
    'maxOutputTokens',
    'num_predict',
  ],
  ['gen_ai.request.temperature', 'temperature'],
  ['gen_ai.request.top_p', 'top_p', 'topP'],
  ['gen_ai.request.top_k', 'top_k', 'topK'],
  ['gen_ai.request.seed', 'seed'],
  ['gen_ai.request.frequency_penalty', 'frequency_penalty', 'frequencyPenalty'],
  ['gen_ai.request.presence_penalty', 'presence_penalty', 'presencePenalty'],
];
const stopFields = ['stop', 'stop_sequences', 'stopSequences'];
const choiceFields = ['n', 'candidateCount'];

/** The body, and the objects in it that hold settings for some providers. */
const settingsIn = (body: Fields): readonly Fields[] =>
  [body, body['generationConfig'], body['options']].filter(isFields);

const firstOf = (settings: readonly Fields[], fields: readonly string[]): unknown =>
  settings.flatMap((setting) => fields.map((field) => setting[field])).find((value) => value != null);

const numberAttributes = (settings: readonly Fields[]): Attributes => {
  const attributes: Attributes = {};
  for (const [attribute, ...fields] of numbers) {
    const value = firstOf(settings, fields);
    if (typeof value === 'number') attributes[attribute] = value;
  }
  return attributes;
};

/** What a body asks for, prompt and tools aside. */
const bodyAttributes = (body: unknown): Attributes => {
  if (!isFields(body)) return {};
  const settings = settingsIn(body);
  const stop = firstOf(settings, stopFields);
  const stops = (Array.isArray(stop) ? (stop as unknown[]) : [stop]).filter((word) => typeof word === 'string');
  const choices = firstOf(settings, choiceFields);
  return {
    ...numberAttributes(settings),
    ...(stops.length > 0 && { 'gen_ai.request.stop_sequences': stops }),
    ...(typeof choices === 'number' && choices !== 1 && { 'gen_ai.request.choice.count': choices }),
  };
};

/** The model that a body names. */
export const modelIn = (body: unknown): string | undefined => {
  const model = isFields(body) ? body['model'] : undefined;
  return typeof model === 'string' && model !== '' ? model : undefined;
};

/** Host and port of an address; nothing of one that is relative to a page. */
export const serverAttributes = (baseUrl: string | undefined): Attributes => {
  if (baseUrl === undefined || !URL.canParse(baseUrl)) return {};
  const { hostname, port, protocol } = new URL(baseUrl);
  if (hostname === '') return {};
  return {
    'server.address': hostname.replace(/^\[(.*)\]$/, '$1'),
    'server.port': port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
  };
};

/** What a request says of the answer that it asks for. */
export const requestAttributes = ({ body }: TracedRequest): Attributes => ({
  'gen_ai.request.stream': true,
  ...bodyAttributes(body),
});
