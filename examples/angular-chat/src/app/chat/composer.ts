import { Component, type ElementRef, input, output, signal, viewChild } from '@angular/core';

/** Where a message is written. Enter sends, Shift and Enter break the line, Escape stops the answer. */
@Component({
  selector: 'app-composer',
  host: { '(document:keydown)': 'onPageKey($event)' },
  template: `
    <form (submit)="send($event)">
      <textarea
        #box
        name="message"
        rows="1"
        aria-label="Message"
        placeholder="Ask anything"
        autocomplete="off"
        [value]="draft()"
        (input)="draft.set(box.value)"
        (keydown)="onKey($event)"
      ></textarea>
      @if (busy()) {
        <button type="button" class="stop" aria-label="Stop" title="Stop (Esc)" (click)="leave()">
          <svg viewBox="0 0 16 16" aria-hidden="true"><rect x="4" y="4" width="8" height="8" rx="1.5" /></svg>
        </button>
      } @else {
        <button type="submit" class="primary" aria-label="Send" title="Send (Enter)" [disabled]="draft().trim() === ''">
          <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M8 13V3.5M3.8 7.5 8 3.3l4.2 4.2" /></svg>
        </button>
      }
    </form>
    <p class="hint">Enter sends · Shift+Enter breaks the line · Escape stops</p>
  `,
})
export class Composer {
  readonly busy = input.required<boolean>();
  readonly sent = output<string>();
  readonly stopped = output();
  protected readonly draft = signal('');
  private readonly box = viewChild.required<ElementRef<HTMLTextAreaElement>>('box');

  focus(): void {
    this.box().nativeElement.focus();
  }

  protected send(event: Event): void {
    event.preventDefault();
    const text = this.draft().trim();
    if (text === '') return;
    this.draft.set('');
    this.sent.emit(text);
  }

  protected onKey(event: KeyboardEvent): void {
    // Enter may also be the end of a word that is being put together, in Japanese for instance.
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) this.send(event);
  }

  /** Escape stops wherever the focus is; while a word is being put together it only takes that back. */
  protected onPageKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && !event.isComposing && this.busy()) this.leave();
  }

  /** The button goes, and with it the focus would be lost. */
  protected leave(): void {
    this.stopped.emit();
    this.focus();
  }
}
