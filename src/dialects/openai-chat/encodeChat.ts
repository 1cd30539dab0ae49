import type { Delta, FinishDelta, LogprobsDelta, OtherDelta, StartDelta } from '../../deltas/Delta.ts';
import { mergeUsage, type Usage } from '../../deltas/Usage.ts';
import type { ApiError } from '../../errors/ApiError.ts';
import type { Frame } from '../../frames/Frame.ts';
import { wordSet } from '../../internal/wordSet.ts';
import { answerIdOr } from '../ToolIds.ts';
import { ChatCalls } from './ChatCalls.ts';
import { citationToChat } from './citationToChat.ts';
import { finishReasonFrom } from './finishReasons.ts';
import { logprobToChat } from './logprobToChat.ts';
import { ReasoningDetails } from './ReasoningDetails.ts';
import { usageToChat, usageToResponse } from './usage.ts';

const message = (data: string): Frame => ({ kind: 'message', event: undefined, data, id: undefined });

// Fields that say something else than an unknown field of their name would.
const chunkFields = /* @__PURE__ */ wordSet('id object created model choices usage error');
const deltaFields = /* @__PURE__ */ wordSet(
  'role content reasoning_content reasoning refusal tool_calls function_call audio annotations',
);

/** Fields of compatible servers that stand beside `delta`, not in it. */
const choiceFields = /* @__PURE__ */ wordSet(
  'content_filter_results content_filter_result content_filter_offsets content_filter_raw native_finish_reason stop_reason matched_stop token_ids',
);

/** A field by its name, but never in the place of one that clients read. */
const field = ({ name, raw }: OtherDelta, taken: ReadonlySet<string>): object => ({
  [taken.has(name) ? `x_${name}` : name]: name === 'reasoning_details' ? [raw] : raw,
});

type Counts = Readonly<Record<string, unknown>>;

/** All that the provider said of usage, and the counts where OpenAI's clients look for them. */
const countsOf = (usage: Usage): object => {
  const told = usageToResponse(usage) as Counts;
  const counted = Object.entries(usageToChat(usage)).map(([name, count]: [string, unknown]) =>
    typeof count === 'object' ? [name, { ...(told[name] as object | undefined), ...count }] : [name, count],
  );
  return { ...told, ...(Object.fromEntries(counted) as object) };
};

interface ChoiceFields {
  readonly delta?: object;
  readonly [field: string]: unknown;
}

/** What an OpenAI-style server sends for each delta of one answer. */
class ChatEncoder {
  #envelope = { id: '', object: 'chat.completion.chunk', created: 0, model: '' };
  /** Choice 0 is introduced by `start`. */
  readonly #introduced = new Set([0]);
  readonly #calls = new ChatCalls();
  readonly #reasoning = new ReasoningDetails();
  #usage: Usage | undefined;

  encode(delta: Delta): readonly Frame[] {
    switch (delta.type) {
      case 'start':
        return this.#start(delta);
      case 'part-end':
        return this.#flush(delta.choice, delta.part);
      case 'finish':
        return [...this.#flush(delta.choice), ...this.#finish(delta)];
      case 'logprobs':
        return this.#choice(delta.choice, { logprobs: this.#logprobs(delta) });
      // Clients expect it once, behind everything else.
      case 'usage':
        this.#usage = mergeUsage(this.#usage, delta.usage);
        return [];
      case 'tool-call':
        return this.#calls.grow(delta).flatMap((content) => this.#choice(delta.choice, { delta: content }));
      case 'other':
        return this.#other(delta);
      case 'end':
        return [...(this.#usage ? this.#chunk({ choices: [], usage: countsOf(this.#usage) }) : []), message('[DONE]')];
      default: {
        const content = this.#content(delta);
        return content && 'choice' in delta ? this.#choice(delta.choice, { delta: content }) : [];
      }
    }
  }

  #start({ id, model }: StartDelta): readonly Frame[] {
    const created = Math.floor(Date.now() / 1000);
    this.#envelope = { ...this.#envelope, id: answerIdOr(id, 'chatcmpl-'), model, created };
    this.#calls.answer(this.#envelope.id);
    return this.#choice(0, { delta: { role: 'assistant', content: '' } });
  }

  /** The `delta` object that carries a delta of the answer's content, or `undefined` where it has none. */
  #content(delta: Delta): object | undefined {
    switch (delta.type) {
      case 'text':
        return { content: delta.text };
      case 'reasoning':
        return this.#reasoning.grow(delta, delta.text);
      case 'refusal':
        return { refusal: delta.text };
      case 'part-start':
        return this.#reasoning.start(delta);
      case 'signature':
        return this.#calls.has(delta)
          ? this.#calls.extend(delta, { extra_content: { google: { thought_signature: delta.signature } } })
          : this.#reasoning.seal(delta, delta.signature);
      case 'citation':
        return { annotations: [citationToChat(delta.citation)] };
      case 'audio': {
        const { id, data, transcript, expiresAtS } = delta;
        return { audio: { id, data, transcript, expires_at: expiresAtS } };
      }
      default:
        return undefined;
    }
  }

  #logprobs({ content, refusal }: LogprobsDelta): object {
    return { content: content.map(logprobToChat), refusal: refusal.map(logprobToChat) };
  }

  #finish({ choice, reason, raw }: FinishDelta): readonly Frame[] {
    // Where only the server's own tools were called, there is nothing for the client to run.
    const isServersOnly = this.#calls.count(choice, true) > 0 && this.#calls.count(choice, false) === 0;
    const said = reason === 'tool-calls' && isServersOnly ? 'stop' : reason;
    return this.#choice(choice, { finish_reason: said === 'other' ? raw : finishReasonFrom(said) });
  }

  #other(delta: OtherDelta): readonly Frame[] {
    const { name, choice, part, raw } = delta;
    // There is no ping; comments do what it does elsewhere.
    if (name === 'ping') return [{ kind: 'heartbeat', comment: 'ping' }];
    if (choice === undefined) return this.#chunk({ choices: [], ...field(delta, chunkFields) });
    const place = { choice, part: part ?? -1 };
    if (this.#calls.has(place)) {
      const content = this.#calls.extend(place, { [name]: raw });
      return content ? this.#choice(choice, { delta: content }) : [];
    }
    return this.#choice(choice, choiceFields.has(name) ? { [name]: raw } : { delta: field(delta, deltaFields) });
  }

  #flush(choice: number, part?: number): readonly Frame[] {
    return this.#calls.flush(choice, part).flatMap((delta) => this.#choice(choice, { delta }));
  }

  #choice(index: number, { delta = {}, ...fields }: ChoiceFields): readonly Frame[] {
    // The first chunk of a choice says whose words these are.
    const role = this.#introduced.has(index) ? {} : { role: 'assistant' };
    this.#introduced.add(index);
    return this.#chunk({ choices: [{ index, delta: { ...role, ...delta }, finish_reason: null, ...fields }] });
  }

  #chunk(fields: object): readonly Frame[] {
    return [message(JSON.stringify({ ...this.#envelope, ...fields }))];
  }
}

/** What an OpenAI-style server sends for each delta of one answer. */
export const encodeChat = (): ((delta: Delta) => readonly Frame[]) => {
  const encoder = new ChatEncoder();
  return (delta) => encoder.encode(delta);
};

/** What an OpenAI-style server sends for an error in the middle of a stream. */
export const encodeChatError = ({ providerMessage, code }: ApiError): readonly Frame[] => [
  message(
    JSON.stringify({
      error: { message: providerMessage, type: code ?? 'server_error', param: null, code: code ?? null },
    }),
  ),
];
