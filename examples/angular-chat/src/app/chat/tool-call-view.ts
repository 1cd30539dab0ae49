import { JsonPipe } from '@angular/common';
import { Component, computed, input, output } from '@angular/core';
import type { ToolCall } from 'rxllm';
import type { ChatApproval } from 'rxllm/angular';

/** A call of a tool: what the model wants, whether it may, and what came of it. */
@Component({
  selector: 'app-tool-call',
  imports: [JsonPipe],
  template: `
    <div class="tool" role="group" [attr.aria-label]="'Tool ' + call().name">
      <p>
        <code>{{ call().name }}</code> <span class="state">{{ state() }}</span>
      </p>
      <pre tabindex="0" aria-label="Input">{{ call().argumentsText }}</pre>
      @if (approval(); as asked) {
        <div class="actions">
          <button type="button" class="primary" (click)="asked.approve(); decided.emit()">Approve</button>
          <button type="button" (click)="asked.deny('The user does not want this.'); decided.emit()">Deny</button>
        </div>
      }
      @if (result() !== undefined) {
        <pre tabindex="0" aria-label="Result">{{ result() | json }}</pre>
      }
    </div>
  `,
})
export class ToolCallView {
  readonly call = input.required<ToolCall>();
  readonly approval = input<ChatApproval>();
  readonly decided = output();

  protected readonly result = computed(() => {
    const { run } = this.call();
    return run?.status === 'done' ? run.result : undefined;
  });

  protected readonly state = computed(() => {
    const { run, status } = this.call();
    if (this.approval()) return 'wants to run';
    if (run?.status === 'running') return 'is running';
    if (run?.status === 'done') return 'gave';
    if (run?.status === 'failed') return run.error.reason === 'denied' ? 'was denied' : `failed: ${run.error.problem}`;
    return status === 'streaming' ? 'is being called' : 'was not run';
  });
}
