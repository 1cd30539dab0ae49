import { DecimalPipe } from '@angular/common';
import { afterNextRender, Component, computed, signal, viewChild } from '@angular/core';
import { scan } from 'rxjs';
import { bufferForUi, type Completion, mergeStreams, reduceDelta } from 'rxllm';
import { anthropicMessages } from 'rxllm/anthropic';
import { injectLlm, streamSignal } from 'rxllm/angular';

import { Composer } from '../chat/composer';
import { describeError } from '../chat/describe-error';
import { StickToEnd } from '../chat/stick-to-end';
import { Markdown } from '../markdown/markdown';

type Side = 'swift-1' | 'sage-2';

interface Answer {
  readonly completion: Completion | undefined;
  readonly error: unknown;
  /** Why it is asked again, while that is waited for. */
  readonly retriedError: unknown;
}

const nothing: Answer = { completion: undefined, error: undefined, retriedError: undefined };

const none: Readonly<Record<Side, Answer>> = { 'swift-1': nothing, 'sage-2': nothing };

/** Two models, of two providers, answer one prompt. */
@Component({
  selector: 'app-compare-page',
  imports: [Composer, DecimalPipe, Markdown, StickToEnd],
  template: `
    <main>
      <h1 class="visually-hidden">Compare two models</h1>
      <div class="sides">
        @for (side of sides; track side) {
          <section [attr.aria-label]="side">
            <h2>{{ side }}</h2>
            <div class="side" tabindex="0" role="region" [attr.aria-label]="'Answer of ' + side" appStickToEnd>
              <div [attr.aria-busy]="busy()">
                @if (asked()) {
                  <app-markdown
                    [text]="answers()[side].completion?.text ?? ''"
                    [isWhole]="answers()[side].completion?.ended ?? false"
                  />
                }
                @if (answers()[side].retriedError; as error) {
                  <p class="note">{{ describe(error) }} Trying again shortly.</p>
                } @else if (isWaiting(side)) {
                  <p class="typing" aria-hidden="true"><span></span><span></span><span></span></p>
                }
                @if (answers()[side].error; as error) {
                  <p class="failure" role="alert">{{ describe(error) }}</p>
                }
                @if (answers()[side].completion?.ended) {
                  <p class="stats">{{ answers()[side].completion?.usage?.outputTokens ?? 0 | number }} tokens</p>
                }
              </div>
            </div>
          </section>
        }
      </div>
      <div class="dock">
        <app-composer [busy]="busy()" (sent)="send($event)" (stopped)="answer.stop()" />
      </div>
      <p class="visually-hidden" role="status">{{ announcement() }}</p>
    </main>
  `,
})
export class ComparePage {
  private readonly swift = injectLlm();
  private readonly sage = injectLlm({
    dialect: anthropicMessages,
    baseUrl: '/answers',
    body: { model: 'sage-2', max_tokens: 4_096 },
  });
  private readonly composer = viewChild.required(Composer);
  protected readonly sides: readonly Side[] = ['swift-1', 'sage-2'];
  protected readonly describe = describeError;
  protected readonly asked = signal<{ readonly prompt: string } | undefined>(undefined);

  /** Another prompt leaves the answers to the one before: their connections are closed. */
  protected readonly answer = streamSignal(() => {
    const asked = this.asked();
    if (!asked) return undefined;
    const body = { messages: [{ role: 'user', content: asked.prompt }] };
    return mergeStreams({ 'swift-1': this.swift.deltas(body), 'sage-2': this.sage.deltas(body) }).pipe(
      scan((all, news) => {
        const { completion } = all[news.key];
        const now =
          'delta' in news
            ? {
                completion: reduceDelta(completion, news.delta),
                error: undefined,
                retriedError: news.delta.type === 'retry' ? news.delta.error : undefined,
              }
            : { completion, error: news.error, retriedError: undefined };
        return { ...all, [news.key]: now };
      }, none),
      bufferForUi(),
    );
  });

  protected readonly answers = computed(() => this.answer().value ?? none);
  protected readonly busy = computed(() => ['connecting', 'streaming'].includes(this.answer().status));
  protected readonly announcement = computed(() => {
    if (!this.asked()) return '';
    if (this.busy()) return 'Both models are answering.';
    if (this.answer().status === 'stopped') return 'The answers were stopped.';
    const areWhole = this.sides.every((side) => this.answers()[side].completion?.ended);
    return areWhole ? 'Both answers are there.' : 'Not every answer is complete.';
  });

  constructor() {
    afterNextRender(() => {
      this.composer().focus();
    });
  }

  protected isWaiting(side: Side): boolean {
    const { completion, error } = this.answers()[side];
    return this.busy() && error === undefined && (completion?.text ?? '') === '';
  }

  protected send(prompt: string): void {
    this.asked.set({ prompt });
    this.composer().focus();
  }
}
