import { DecimalPipe } from '@angular/common';
import { Component, computed, input, output } from '@angular/core';
import type { ChatApproval, ChatMessage } from 'rxllm/angular';

import { Markdown } from '../markdown/markdown';
import { describeError } from './describe-error';
import { ToolCallView } from './tool-call-view';

/** One message. It is drawn anew only when something of its own changes. */
@Component({
  selector: 'app-message',
  imports: [DecimalPipe, Markdown, ToolCallView],
  template: `
    <article [class]="message().role" [attr.aria-label]="author()" [attr.aria-busy]="isStreaming()">
      <!-- Screen readers go from heading to heading; those in an answer stand below its own. -->
      <h2 class="visually-hidden">{{ author() }}</h2>
      @if (message().role === 'user') {
        <p class="said">{{ message().text() }}</p>
      } @else {
        @if (message().reasoning(); as reasoning) {
          <details class="reasoning" [open]="isThinking()">
            <summary>Reasoning</summary>
            <p>{{ reasoning }}</p>
          </details>
        }
        @for (call of message().toolCalls(); track call.id) {
          <app-tool-call [call]="call" [approval]="approvalOf(call.id)" (decided)="decided.emit()" />
        }
        <app-markdown [text]="message().text()" [isWhole]="!isStreaming()" />
        @if (isWaiting()) {
          <p class="typing" aria-hidden="true"><span></span><span></span><span></span></p>
        }
        @if (message().status() === 'stopped') {
          <p class="note">Stopped.</p>
        }
        @if (message().error(); as error) {
          <div class="failure" role="alert">
            <p>{{ describe(error) }}</p>
            @if (isLast()) {
              <button type="button" (click)="again.emit()">Try again</button>
            }
          </div>
        }
        <footer>
          @if (figures(); as progress) {
            <span class="stats" data-testid="stats"
              >{{ progress.tokens | number }} tokens · {{ progress.tokensPerSecond ?? 0 | number: '1.0-0' }} tokens/s ·
              TTFT {{ progress.ttftMs / 1000 | number: '1.1-1' }} s</span
            >
          }
          @if (isLast() && !isStreaming() && !message().error()) {
            <button type="button" class="quiet" (click)="again.emit()">Regenerate</button>
          }
        </footer>
      }
    </article>
  `,
})
export class MessageView {
  readonly message = input.required<ChatMessage>();
  readonly isLast = input.required<boolean>();
  readonly approvals = input.required<readonly ChatApproval[]>();
  readonly again = output();
  readonly decided = output();

  protected readonly describe = describeError;
  protected readonly author = computed(() => (this.message().role === 'user' ? 'You' : 'Assistant'));
  protected readonly isStreaming = computed(() => this.message().status() === 'streaming');
  protected readonly isThinking = computed(() => this.isStreaming() && this.message().text() === '');
  protected readonly isWaiting = computed(() => {
    const calls = this.message().toolCalls();
    if (calls.length === 0) return this.isThinking() && this.message().reasoning() === '';
    // What the tools gave is with the model now.
    return this.isThinking() && calls.every(({ run }) => run?.status === 'done' || run?.status === 'failed');
  });
  /** Nothing before the first token: there is nothing to measure yet. */
  protected readonly figures = computed(() => {
    const progress = this.message().progress();
    return progress?.ttftMs === undefined ? undefined : { ...progress, ttftMs: progress.ttftMs };
  });

  protected approvalOf(callId: string): ChatApproval | undefined {
    return this.isLast() ? this.approvals().find((approval) => approval.callId === callId) : undefined;
  }
}
