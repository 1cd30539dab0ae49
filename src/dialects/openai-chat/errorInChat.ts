import { ApiError, isFatalCode } from '../../errors/ApiError.ts';
import { readApiError } from '../../errors/readApiError.ts';
import type { Frame } from '../../frames/Frame.ts';
import { filledText } from '../../internal/filledText.ts';
import { errorInFrame } from '../errorInFrame.ts';
import { isErrorField } from '../isErrorField.ts';
import type { ChatChoice } from './codec.ts';

/** Stop reasons that are errors: `error` wherever it is seen, the other from DeepSeek when it runs short. */
const failures = ['error', 'insufficient_system_resource'];

/** Whether a choice reports an error rather than an answer. */
export const isFailing = (choice: Pick<ChatChoice, 'finish_reason' | 'error'>): boolean =>
  failures.includes(choice.finish_reason ?? '') || isErrorField(choice.error);

const nothing = {};

/** What Groq adds to a chunk: usage, and why it broke the answer off. */
export const groqIn = (chunk: object): { readonly usage?: unknown; readonly error?: unknown } =>
  (chunk as { readonly x_groq?: object | null }).x_groq ?? nothing;

const inChoices = (choices: unknown): ApiError | undefined => {
  if (!Array.isArray(choices)) return undefined;
  const failing = choices.find(
    (choice: unknown) => typeof choice === 'object' && choice !== null && isFailing(choice),
  ) as ChatChoice | undefined;
  if (!failing) return undefined;
  const { error, finish_reason: reason } = failing;
  const message = `the provider ended the answer with finish_reason "${reason ?? ''}"`;
  return (
    readApiError({ error }) ??
    new ApiError({ message, code: reason === 'error' ? undefined : (reason ?? undefined), isRetryable: true })
  );
};

const fromGroq = (error: unknown): ApiError | undefined => {
  const message = filledText(error);
  if (message === undefined) return readApiError({ error });
  const code = /^\w+$/.test(message) ? message : undefined;
  // It gave no reason why the answer should not be asked for again, unless the word itself is one.
  return new ApiError({ message, code, isRetryable: !isFatalCode(code) });
};

/** The error in a frame: in any shape that goes by no dialect, in a choice, or in the fields of one server. */
export const errorInChat = (json: unknown, frame: Frame): ApiError | undefined => {
  const error = errorInFrame(json, frame);
  if (error || typeof json !== 'object' || json === null) return error;
  return inChoices((json as { readonly choices?: unknown }).choices) ?? fromGroq(groqIn(json).error);
};
