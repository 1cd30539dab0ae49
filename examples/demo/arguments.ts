import { parseArgs } from 'node:util';

export const dialectNames = ['openai-chat', 'anthropic-messages'] as const;

/** Who is asked what, when it is not the embedded provider. */
export interface Endpoint {
  readonly baseUrl: string;
  readonly model: string;
  readonly dialect: (typeof dialectNames)[number];
  readonly prompt: string;
}

/** What the command line asks for. */
export type Command =
  { readonly kind: 'help' } | { readonly kind: 'acts' } | ({ readonly kind: 'endpoint' } & Endpoint);

/** A mistake on the command line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const defaultPrompt = 'In three short sentences: why is it pleasant to read an answer while it is being written?';

export const help = `rxllm demo: LLM streams as RxJS Observables, live in the terminal.

  npm run demo
      Plays three acts with an embedded provider: no key, no network.

  npm run demo -- --base-url URL --model NAME [options]
      Streams one answer from a real endpoint.

Options
  --base-url URL    where the API lives, such as https://api.openai.com/v1, https://api.anthropic.com,
                    http://127.0.0.1:11434/v1 (Ollama), :8000/v1 (vLLM), :1234/v1 (LM Studio)
  --model NAME      the model's name, as the endpoint knows it
  --dialect NAME    ${dialectNames.join(' or ')} (default: ${dialectNames[0]})
  --prompt TEXT     what to ask (default: a short question)
  --help            this text

The key is read from the environment, and never printed:
  RXLLM_API_KEY       whatever the dialect; else
  OPENAI_API_KEY      for openai-chat
  ANTHROPIC_API_KEY   for anthropic-messages
Servers on your own machine usually need none.

Colours go by NO_COLOR and FORCE_COLOR; without a terminal the output is plain lines.
Exit codes: 0 all well, 1 the stream failed, 2 a mistake on the command line, 130 Ctrl-C.
`;

const options = {
  'base-url': { type: 'string' },
  model: { type: 'string' },
  dialect: { type: 'string' },
  prompt: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
};

const oneOf = <Name extends string>(option: string, names: readonly Name[], value: string): Name => {
  const found = names.find((name) => name === value);
  if (found === undefined) throw new UsageError(`${option} must be ${names.join(' or ')}; got '${value}'`);
  return found;
};

/** Reads the command line; throws `UsageError`. */
export const readArguments = (args: readonly string[]): Command => {
  const { help: wantsHelp, 'base-url': baseUrl, model, dialect, prompt } = parse(args);
  if (wantsHelp === true) return { kind: 'help' };
  if (baseUrl === undefined) {
    const stray = Object.entries({ model, dialect, prompt }).find(([, value]) => value !== undefined)?.[0];
    if (stray === undefined) return { kind: 'acts' };
    throw new UsageError(`--${stray} needs --base-url: without an endpoint the demo plays its own acts`);
  }
  if (model === undefined || model === '') throw new UsageError('--base-url needs --model: which model is to answer?');
  return {
    kind: 'endpoint',
    baseUrl,
    model,
    dialect: oneOf('--dialect', dialectNames, dialect ?? dialectNames[0]),
    prompt: prompt ?? defaultPrompt,
  };
};

/** The key for a dialect and the variable it stood in; `undefined` where none is set. */
export const keyFor = (
  dialect: Endpoint['dialect'],
  env: NodeJS.ProcessEnv,
): { readonly variable: string; readonly apiKey: string } | undefined => {
  const own = dialect === 'openai-chat' ? 'OPENAI_API_KEY' : 'ANTHROPIC_API_KEY';
  return ['RXLLM_API_KEY', own]
    .map((variable) => ({ variable, apiKey: env[variable]?.trim() ?? '' }))
    .find(({ apiKey }) => apiKey !== '');
};
