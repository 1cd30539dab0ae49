import { Component, computed, input, signal } from '@angular/core';
import type { MarkdownBlock } from 'rxllm';

import { codeIn, htmlOf } from './render-block';

/**
 * One block. A settled one stays the same object, so it is parsed, sanitized and put into the page once, and what a reader has
 * selected in it stays selected.
 */
@Component({
  selector: 'app-markdown-block',
  template: `
    @if (code(); as block) {
      <figure>
        <figcaption>
          <span>{{ block.language || 'text' }}</span>
          <button type="button" class="quiet" (click)="copy(block.text)">{{ label() }}</button>
        </figcaption>
        <pre tabindex="0" role="group" aria-label="Code"><code>{{ block.text }}</code></pre>
      </figure>
    } @else {
      <!-- Angular sanitizes what is bound like this. Never bypass that for what a model wrote. -->
      <div [innerHTML]="html()"></div>
    }
  `,
})
export class MarkdownBlockView {
  readonly block = input.required<MarkdownBlock>();
  protected readonly code = computed(() => (this.block().type === 'code' ? codeIn(this.block().raw) : undefined));
  protected readonly html = computed(() => htmlOf(this.block().raw));
  protected readonly label = signal('Copy');

  protected async copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.label.set('Copied');
    } catch {
      // A browser may refuse, and a page that did not come by HTTPS has no clipboard.
      this.label.set('Not copied');
    }
    setTimeout(() => {
      this.label.set('Copy');
    }, 2_000);
  }
}
