import { computed, type Signal, signal } from '@angular/core';

import type { Completion, ToolCall } from '../completions/Completion.ts';
import type { StreamProgress } from '../ui/StreamProgress.ts';
import type { ChatMessage, InitialMessage } from './ChatMessage.ts';

/** The words in content of a provider's own, wherever it has them. */
const wordsIn = (content: unknown): string => {
  if (typeof content === 'string') return content;
  if (Array.isArray(content)) return content.map(wordsIn).join('');
  if (typeof content !== 'object' || content === null) return '';
  const { text, content: inner, parts } = content as { readonly [field: string]: unknown };
  return wordsIn(text ?? inner ?? parts);
};

const none: readonly ToolCall[] = [];

/** A message, and the ways to let it grow. */
export class ChatEntry implements ChatMessage {
  readonly id: string;
  readonly role: ChatMessage['role'];
  readonly content: string | object;
  readonly text: Signal<string>;
  readonly reasoning = computed(() => this.completion()?.reasoning ?? '');
  readonly toolCalls = computed(() => this.completion()?.toolCalls ?? none);
  readonly completion: Signal<Completion | undefined>;
  readonly status: ChatMessage['status'];
  readonly error: Signal<unknown>;
  readonly progress: Signal<StreamProgress | undefined>;
  readonly #completion = signal<Completion | undefined>(undefined);
  readonly #status = signal<'streaming' | 'done' | 'stopped' | 'error'>('streaming');
  readonly #error = signal<unknown>(undefined);
  readonly #progress = signal<StreamProgress | undefined>(undefined);

  /** Without `given` it is an answer that is yet to come. */
  constructor(id: string, given?: InitialMessage) {
    this.id = id;
    this.role = given?.role ?? 'assistant';
    this.content = given?.role === 'user' ? given.content : '';
    const words = given !== undefined && 'text' in given ? given.text : wordsIn(this.content);
    this.completion = this.#completion.asReadonly();
    this.text = computed(() => {
      const completion = this.completion();
      // Somebody who asked should see that the model refuses.
      return completion === undefined ? words : completion.text || completion.choices[0].refusal;
    });
    this.status = this.#status.asReadonly();
    this.error = this.#error.asReadonly();
    this.progress = this.#progress.asReadonly();
    if (given === undefined) return;
    const completion = 'completion' in given ? given.completion : undefined;
    this.#completion.set(completion);
    this.#status.set(completion?.ended === false ? 'stopped' : 'done');
  }

  /** The message as the model is told of it. */
  turn(): InitialMessage {
    if (this.role === 'user') return { role: 'user', content: this.content };
    const completion = this.#completion();
    if (completion !== undefined) return { role: 'assistant', completion };
    return { role: 'assistant', text: this.text() };
  }

  show(completion: Completion | undefined, progress: StreamProgress | undefined): void {
    this.#completion.set(completion);
    this.#progress.set(progress);
  }

  end(status: 'done' | 'stopped' | 'error', error?: unknown): void {
    this.#error.set(error);
    this.#status.set(status);
  }
}
