import type { Choice, Completion } from '../../completions/Completion.ts';
import { jsonObjectIn } from '../jsonObjectIn.ts';
import { assistantMessage } from './assistantMessage.ts';
import { doneReasonFrom } from './doneReasons.ts';
import { logprobToOllama } from './logprobToOllama.ts';
import { ollamaToolCall } from './ollamaToolCall.ts';
import { durationsIn, usageToOllama } from './usage.ts';

/** The calls that Ollama has a form for: those for the client to run, with an object for arguments. */
const callsOf = ({ toolCalls }: Choice): readonly object[] =>
  toolCalls
    .filter(({ input, executedBy }) => input === 'json' && executedBy === 'client')
    .map((call) => ({ call, args: jsonObjectIn(call.argumentsText) }))
    .filter(({ args }) => args !== undefined)
    .map(({ call, args }, index) => ollamaToolCall(call, index, args));

/** The body that an Ollama server sends for a whole answer. */
export const encodeResponse = ({ model, choices: [choice], usage }: Completion): object => {
  const logprobs = choice.logprobs?.content.toArray() ?? [];
  return {
    model,
    created_at: new Date().toISOString(),
    message: assistantMessage(choice.parts, callsOf(choice)),
    done: true,
    // A reason that this library has no word for must not come back as another.
    done_reason: doneReasonFrom(choice.finishReason, 'other'),
    ...durationsIn(usage?.raw),
    ...(usage && usageToOllama(usage)),
    ...(logprobs.length > 0 && { logprobs: logprobs.map(logprobToOllama) }),
  };
};
