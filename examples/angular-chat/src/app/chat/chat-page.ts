import { afterRenderEffect, Component, computed, inject, viewChild } from '@angular/core';

import { Composer } from './composer';
import { Conversation } from './conversation';
import { describeError } from './describe-error';
import { MessageView } from './message-view';
import { secondsUntil } from './seconds-until';
import { StickToEnd } from './stick-to-end';

@Component({
  selector: 'app-chat-page',
  imports: [Composer, MessageView, StickToEnd],
  template: `
    <main>
      <h1 class="visually-hidden">Chat</h1>
      <!-- A log speaks every word that is added to it, unless it is told not to; the line below says what matters. -->
      <div
        class="log"
        role="log"
        aria-label="Conversation"
        aria-live="off"
        tabindex="0"
        appStickToEnd
        #end="stickToEnd"
      >
        <div class="messages">
          @for (message of chat.messages(); track message.id; let last = $last) {
            <app-message
              [message]="message"
              [isLast]="last"
              [approvals]="chat.approvals()"
              (again)="regenerate()"
              (decided)="composer().focus()"
            />
          } @empty {
            <div class="welcome">
              <h2>What would you like to see?</h2>
              <p>A provider without a model answers. It streams, thinks, calls tools and fails as real ones do.</p>
            </div>
          }
          @if (seconds(); as left) {
            <p class="note countdown">{{ reason() }} Trying again in {{ left }} s</p>
          }
        </div>
      </div>
      <div class="dock">
        @if (!chat.busy()) {
          <div class="suggestions" role="group" aria-label="Suggestions">
            @for (suggestion of suggestions; track suggestion) {
              <button type="button" (click)="send(suggestion)">{{ suggestion }}</button>
            }
          </div>
        }
        <app-composer [busy]="chat.busy()" (sent)="send($event)" (stopped)="chat.stop()" />
      </div>
      <p class="visually-hidden" role="status">{{ announcement() }}</p>
    </main>
  `,
})
export class ChatPage {
  protected readonly chat = inject(Conversation).chat;
  protected readonly suggestions = [
    'Write some Markdown',
    'Think first',
    'Use a tool',
    'Cut the connection',
    'Overloaded',
    'Long answer',
    'Very long answer',
  ];
  protected readonly seconds = secondsUntil(computed(() => this.chat.retry()?.atMs));
  protected readonly reason = computed(() => describeError(this.chat.retry()?.error));
  protected readonly composer = viewChild.required(Composer);
  private readonly end = viewChild.required<StickToEnd>('end');

  /** What a screen reader says: that there is an answer, not each word of it. */
  protected readonly announcement = computed(() => {
    switch (this.chat.status()) {
      case 'idle':
        return '';
      case 'retrying':
        return `${this.reason()} Trying again shortly.`;
      case 'awaiting-approval':
        return 'The assistant asks to use a tool. Approve or deny it.';
      case 'done':
        return 'The answer is complete.';
      case 'stopped':
        return 'The answer was stopped.';
      case 'error':
        return 'The answer is incomplete.';
      default:
        return 'The assistant is answering.';
    }
  });

  constructor() {
    // Where there is nothing to read, one writes.
    afterRenderEffect(() => {
      if (this.chat.messages().length === 0) this.composer().focus();
    });
  }

  protected send(text: string): void {
    this.chat.send(text);
    this.end().toEnd();
    this.composer().focus();
  }

  protected regenerate(): void {
    this.chat.regenerate();
    this.composer().focus();
  }
}
