import { computed, DestroyRef, ErrorHandler, isDevMode, NgZone, signal, untracked } from '@angular/core';
import type { Observable } from 'rxjs';

import type { Turn } from '../chat/Turn.ts';
import { withTurns } from '../chat/withTurns.ts';
import type { Delta } from '../deltas/Delta.ts';
import type { Dialect } from '../dialects/Dialect.ts';
import type { Chat, ChatApproval } from './Chat.ts';
import { ChatAnswer, type ChatAnswerOptions } from './ChatAnswer.ts';
import { ChatEntry } from './ChatEntry.ts';
import { chatIds } from './chatIds.ts';
import type { InitialMessage } from './ChatMessage.ts';
import type { ChatOptions } from './ChatOptions.ts';
import type { LlmContext } from './injectLlmContext.ts';
import type { Llm } from './Llm.ts';
import { LLM_STAND_IN } from './LLM_STAND_IN.ts';
import { read } from './Reactive.ts';

const noApprovals: readonly ChatApproval[] = [];

/** A chat and what it is made of: its messages, and the last answer, which may still be under way. */
export class ChatSession implements Chat {
  readonly #context: LlmContext;
  readonly #llm: Llm;
  readonly #options: ChatOptions;
  readonly #newId: () => string;
  readonly #answerOptions: ChatAnswerOptions;
  readonly #zone: NgZone;
  readonly #entries = signal<readonly ChatEntry[]>([]);
  readonly #answer = signal<ChatAnswer | undefined>(undefined);
  #isDestroyed = false;

  readonly messages: Chat['messages'] = this.#entries.asReadonly();
  readonly status = computed(() => this.#answer()?.status() ?? 'idle');
  readonly busy = computed(() => this.#answer()?.isBusy() ?? false);
  readonly error = computed(() => this.#answer()?.entry.error());
  readonly progress = computed(() => this.#answer()?.entry.progress());
  readonly retry = computed(() => this.#answer()?.retry());
  readonly approvals = computed(() => this.#answer()?.approvals.list() ?? noApprovals);

  constructor(context: LlmContext, llm: Llm, options: ChatOptions) {
    this.#context = context;
    this.#llm = llm;
    this.#options = options;
    this.#newId = context.injector.get(chatIds);
    this.#zone = context.injector.get(NgZone);
    this.#entries.set(this.#entriesOf(options.messages));
    this.#answerOptions = {
      limits: context.config.limits,
      zone: this.#zone,
      countTokens: options.countTokens,
      paint: context.injector.get(LLM_STAND_IN, null)?.paint ?? options.paint ?? {},
    };
    context.injector.get(DestroyRef).onDestroy(() => {
      this.#isDestroyed = true;
      untracked(this.#answer)?.stop();
    });
  }

  send(content: string | object): void {
    const isBlank = typeof content === 'string' && content.trim() === '';
    if (isBlank) return;
    this.#act(() => {
      this.#ask([...this.#entries(), ...this.#entriesOf([{ role: 'user', content }])]);
    });
  }

  stop(): void {
    this.#act(() => {
      const answer = this.#answer();
      if (answer?.stop() === true) this.#finish(answer.entry);
    });
  }

  regenerate(id?: string): void {
    this.#act(() => {
      const at = this.#placeFor(id);
      if (at !== undefined) this.#ask(this.#entries().slice(0, at));
    });
  }

  snapshot(): readonly InitialMessage[] {
    return this.#entries().map((entry) => entry.turn());
  }

  reset(messages?: readonly InitialMessage[]): void {
    this.#act(() => {
      this.#become(this.#entriesOf(messages), undefined);
    });
  }

  /** Methods may be called from effects, which are not to run again for what is read here, and from handlers, inside of the zone. */
  #act(work: () => void): void {
    if (this.#isDestroyed) return;
    untracked(() => {
      this.#zone.runOutsideAngular(work);
    });
  }

  #entriesOf(messages: readonly InitialMessage[] = []): readonly ChatEntry[] {
    return messages.map((message) => new ChatEntry(this.#newId(), message));
  }

  /** Where an answer is to stand that comes in the place of another, or behind a user's message. */
  #placeFor(id: string | undefined): number | undefined {
    const entries = this.#entries();
    const last = entries.length - 1;
    const at = id === undefined ? last : entries.findIndex((entry) => entry.id === id);
    const entry = entries[at];
    if (entry === undefined) return undefined;
    return entry.role === 'user' ? at + 1 : at;
  }

  /**
   * Puts messages and an answer in the place of those that are there, and only then ends the old answer: that may call functions
   * which send again.
   */
  #become(entries: readonly ChatEntry[], answer: ChatAnswer | undefined): void {
    const before = this.#answer();
    this.#answer.set(answer);
    this.#entries.set(entries);
    before?.stop();
  }

  /** Asks for the answer to a conversation, unless nothing may be sent from here. */
  #ask(entries: readonly ChatEntry[]): void {
    if (this.#context.isSilent) {
      if (isDevMode())
        console.warn('rxllm: a chat sends nothing while a server renders the page, unless `ssr` is true');
      this.#become(entries, undefined);
      return;
    }
    const answer = new ChatAnswer(new ChatEntry(this.#newId()), this.#answerOptions);
    this.#become([...entries, answer.entry], answer);
    answer.begin(
      () => this.#deltas(entries, answer),
      () => {
        untracked(() => {
          this.#finish(answer.entry);
        });
      },
    );
  }

  #deltas(entries: readonly ChatEntry[], { approvals }: ChatAnswer): Observable<Delta> {
    const { approve, maxSteps } = this.#options;
    const { dialect, body: common } = this.#context.config;
    const system = read(this.#options.system);
    const tools = read(this.#options.tools) ?? [];
    const turns: readonly Turn[] = [
      ...(system === undefined ? [] : [{ role: 'system', content: system } as const]),
      ...entries.map((entry) => entry.turn()),
    ];
    const body = withTurns(dialect as Dialect<object>, { ...common, ...read(this.#options.body) }, turns);
    if (tools.length === 0) return this.#llm.deltas(body);
    return this.#llm.runTools(body, tools, {
      maxSteps,
      approve: approve && ((call) => approvals.decide(approve, call)),
    });
  }

  #finish(entry: ChatEntry): void {
    try {
      this.#options.onFinish?.(entry);
    } catch (error) {
      this.#context.injector.get(ErrorHandler).handleError(error);
    }
  }
}
