import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import { checkOption } from '../internal/checkOption.ts';
import { trackProgress } from '../ui/trackProgress.ts';
import type { Chat } from './Chat.ts';
import type { ChatOptions } from './ChatOptions.ts';
import { ChatSession } from './ChatSession.ts';
import { injectLlm } from './injectLlm.ts';
import { injectLlmContext, type LlmOverrides } from './injectLlmContext.ts';
import { paintedBy } from './paintedBy.ts';

/** What is the chat's own affair; the rest goes into requests. */
const ownOptions: readonly (keyof ChatOptions)[] = [
  'system',
  'body',
  'tools',
  'approve',
  'maxSteps',
  'paint',
  'messages',
  'countTokens',
  'onFinish',
];

const overridesOf = (options: ChatOptions): LlmOverrides =>
  Object.fromEntries(Object.entries(options).filter(([name]) => !ownOptions.includes(name as keyof ChatOptions)));

/** Messages were mostly kept somewhere, where types do not reach: one that is not understood would be gone without a word. */
const checkMessages = (messages: unknown): void => {
  if (!Array.isArray(messages)) throw new InvalidOptionError('messages', 'must be an array');
  messages.forEach((message: { readonly role?: unknown; readonly content?: unknown } & object, at) => {
    const option = `messages[${at}]`;
    const { role, content } = message;
    if (role !== 'user' && role !== 'assistant') {
      const hint = role === 'system' ? '; use the option system' : '';
      throw new InvalidOptionError(`${option}.role`, `must be 'user' or 'assistant'${hint}`);
    }
    const isKnown = role === 'user' || 'completion' in message || 'text' in message;
    // An answer that was stopped before its first word is kept as nothing.
    if (isKnown || content === undefined || content === '') return;
    throw new InvalidOptionError(option, `must have a completion or a text: what an assistant says is not its content`);
  });
};

const check = ({ approve, maxSteps = 10, countTokens, paint, messages = [] }: ChatOptions): void => {
  checkOption('bound', 'maxSteps', maxSteps);
  checkMessages(messages);
  if (approve !== undefined && approve !== 'ask' && typeof approve !== 'function') {
    throw new InvalidOptionError('approve', `must be 'ask' or a function`);
  }
  // Each checks its own.
  trackProgress({ countTokens });
  paintedBy(paint);
};

/**
 * A chat with a model, in signals: for a component or a service.
 *
 * Nothing is sent before the first `send`. Each answer is one request, or as many as its tools take; text is shown once for
 * each paint, statuses at once. Answers go back to the model whole with the next message, tool calls and sealed reasoning
 * included (`withTurns`); one that was stopped or broken off goes back as far as it came.
 *
 * - **Time:** everything runs outside of Angular's zone
 * - **Errors:** none is thrown by any method: an error of an answer is in `chat.error()` and in its message, whose text stays.
 *   `InvalidOptionError` thrown at the call, for options that concern the chat itself
 * - **Completes:** with the injector: the answer that is under way is stopped, and the methods do nothing any more
 * - **On a server** that renders the page nothing is sent unless `ssr` is true: a message is shown, and the chat stays idle
 *
 * @example A question and its answer
 * ```ts
 * import { TestBed } from '@angular/core/testing';
 * import { injectChat } from 'rxllm/angular';
 * import { fakeLlm } from 'rxllm/angular/testing';
 *
 * const llm = fakeLlm();
 * TestBed.configureTestingModule({ providers: [llm.provider] }); // in an application: provideLlm(...)
 * const chat = TestBed.runInInjectionContext(() => injectChat({ system: 'Be brief.' }));
 *
 * chat.send('How are you?');
 * chat.status(); // => 'connecting'
 * llm.text('Fine, '); // what the model says
 * llm.text('thank you.');
 * llm.done();
 *
 * chat.status(); // => 'done'
 * chat.messages().map(({ role, text }) => `${role}: ${text()}`);
 * // => ['user: How are you?', 'assistant: Fine, thank you.']
 * ```
 *
 * @category angular
 * @since 0.1.0
 */
export function injectChat(options: ChatOptions = {}): Chat {
  check(options);
  const overrides = overridesOf(options);
  const context = injectLlmContext(overrides, injectChat);
  const llm = injectLlm({ ...overrides, injector: context.injector });
  return new ChatSession(context, llm, options);
}
