import { Component, computed, input, linkedSignal } from '@angular/core';
import { toObservable, toSignal } from '@angular/core/rxjs-interop';
import { marked } from 'marked';
import { type MarkdownBlock, type MarkdownBlocks, markdownBlocks } from 'rxllm';

import { MarkdownBlockView } from './markdown-block';
import { textDeltas } from './text-deltas';

type Blocks = readonly MarkdownBlock[];

/** How many blocks the browser skips at once where they are out of sight; to look after each by itself would cost more. */
const blocksPerGroup = 32;

/** `blocks` in groups; those that are full are the same as before. */
const inGroups = (blocks: Blocks, before: readonly Blocks[]): readonly Blocks[] =>
  Array.from({ length: Math.ceil(blocks.length / blocksPerGroup) }, (_, at) => {
    const group = blocks.slice(at * blocksPerGroup, (at + 1) * blocksPerGroup);
    const known = before[at];
    return known?.length === group.length && known.every((block, index) => block === group[index]) ? known : group;
  });

@Component({
  selector: 'app-block-group',
  imports: [MarkdownBlockView],
  template: `
    @for (block of blocks(); track block.key) {
      <app-markdown-block [block]="block" />
    }
  `,
})
export class BlockGroup {
  readonly blocks = input.required<Blocks>();
}

/** Blocks that stay as they are. Apart, so that they are not gone through each time the open one grows. */
@Component({
  selector: 'app-settled-blocks',
  imports: [BlockGroup],
  template: `
    @for (group of groups(); track $index) {
      <app-block-group [blocks]="group" />
    }
  `,
})
export class SettledBlocks {
  readonly blocks = input.required<MarkdownBlocks['settled'] | undefined>();
  protected readonly groups = linkedSignal<MarkdownBlocks['settled'] | undefined, readonly Blocks[]>({
    source: this.blocks,
    computation: (blocks, before) => inGroups(blocks?.toArray() ?? [], before?.value ?? []),
  });
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
