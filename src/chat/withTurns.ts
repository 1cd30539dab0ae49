import type { Dialect } from '../dialects/Dialect.ts';
import { callAnswers } from './callAnswers.ts';
import { stepOfText, stepsOf } from './stepsOf.ts';
import type { Turn } from './Turn.ts';

const withTurn = <Body, Chunk>(dialect: Dialect<Body, Chunk>, body: Body, turn: Turn): Body => {
  if (turn.role !== 'assistant') {
    const isBlank = turn.role === 'system' && typeof turn.content === 'string' && turn.content.trim() === '';
    return isBlank ? body : (dialect.withMessage(body, turn) as Body);
  }
  const steps = 'completion' in turn ? stepsOf(turn.completion) : stepOfText(turn.text);
  return steps.reduce<Body>(
    (before, { parts, isCut }) => dialect.nextStep(before, parts, callAnswers(parts), isCut) as Body,
    body,
  );
};

/**
 * A request's body with a conversation behind the messages that it has.
 *
 * An answer goes back whole and in order: every step of it, tool calls and their results, sealed reasoning. A call that has no
 * result (the answer was stopped or cut, nobody ran it) is answered with words that say so, since providers refuse a
 * conversation in which one is not. An answer without content is left out, and so are a thought that nothing follows and a
 * call of the provider's own tools whose result never came.
 *
 * - **Shape:** a dialect, a body (it may lack messages) and turns, to a body; the one that goes in stays as it is. What a
 *   `system` turn says stands where the provider wants it, wherever the turn does
 * - **Completions** may have been kept as JSON; of several choices the first goes back
 * - **Errors:** `InvalidOptionError` for content that the dialect has no form for
 *
 * @example The second question of a conversation
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import { streamCompletion, type Turn, withTurns } from 'rxllm';
 * import { openAiChat } from 'rxllm/openai';
 * import { answer, fakeProvider } from 'rxllm/testing';
 *
 * const { fetch } = fakeProvider({ replies: [{ deltas: answer({ text: 'Rome.' }) }] });
 * const turns: Turn[] = [
 *   { role: 'system', content: 'Be brief.' },
 *   { role: 'user', content: 'What is the capital of Italy?' },
 * ];
 * const ask = (body = withTurns(openAiChat, { model: 'm' }, turns)) =>
 *   lastValueFrom(streamCompletion(openAiChat, { baseUrl: 'http://fake.test/v1', fetch, body }));
 * turns.push({ role: 'assistant', completion: await ask() }, { role: 'user', content: 'And of France?' });
 *
 * withTurns(openAiChat, { model: 'm' }, turns).messages.map((message) => Object.values(message).slice(0, 2));
 * // => [['system', 'Be brief.'], ['user', 'What is the capital of Italy?'], ['assistant', 'Rome.'], ['user', 'And of France?']]
 * ```
 *
 * @category chat
 * @since 0.1.0
 */
export function withTurns<Body, Chunk>(
  dialect: Dialect<Body, Chunk>,
  body: NoInfer<Partial<Body>>,
  turns: readonly Turn[],
): Body {
  return turns.reduce<Body>((before, turn) => withTurn(dialect, before, turn), body as Body);
}
