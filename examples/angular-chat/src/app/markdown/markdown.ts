import { Component, computed, input } from '@angular/core';
import { toObservable, toSignal } from '@angular/core/rxjs-interop';
import { marked } from 'marked';
import { type MarkdownBlocks, markdownBlocks } from 'rxllm';

import { MarkdownBlockView } from './markdown-block';
import { textDeltas } from './text-deltas';

/** Blocks that stay as they are. Apart, so that they are not gone through each time the open one grows. */
@Component({
  selector: 'app-settled-blocks',
  imports: [MarkdownBlockView],
  template: `
    @for (block of list(); track block.key) {
      <app-markdown-block [block]="block" />
    }
  `,
})
export class SettledBlocks {
  readonly blocks = input.required<MarkdownBlocks['settled'] | undefined>();
  protected readonly list = computed(() => this.blocks()?.toArray() ?? []);
}

/** Markdown that may still grow: only the block at its end is drawn anew. */
@Component({
  selector: 'app-markdown',
  imports: [MarkdownBlockView, SettledBlocks],
  host: { '(click)': 'openLink($event)' },
  template: `
    <app-settled-blocks [blocks]="blocks()?.settled" />
    @if (blocks()?.tail; as open) {
      <app-markdown-block [block]="open" />
    }
  `,
})
export class Markdown {
  readonly text = input.required<string>();
  readonly isWhole = input.required<boolean>();
  private readonly growing = computed(() => ({ text: this.text(), isWhole: this.isWhole() }));
  protected readonly blocks = toSignal(toObservable(this.growing).pipe(textDeltas(), markdownBlocks(marked.lexer)));

  /** Links of a model's choosing open elsewhere, and what they open knows nothing of this page. */
  protected openLink(event: MouseEvent): void {
    const link = (event.target as Element).closest('a');
    if (!link || event.defaultPrevented || !/^https?:/.test(link.protocol)) return;
    event.preventDefault();
    window.open(link.href, '_blank', 'noopener,noreferrer');
  }
}
