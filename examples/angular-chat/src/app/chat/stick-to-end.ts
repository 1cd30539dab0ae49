import { afterNextRender, DestroyRef, Directive, ElementRef, inject } from '@angular/core';

/** How near to the end a reader is taken to want to stay there, in pixels. */
const nearPx = 40;

/** Keeps the end of what grows in sight, unless the reader has scrolled up. */
@Directive({ selector: '[appStickToEnd]', exportAs: 'stickToEnd', host: { '(scroll)': 'onScroll()' } })
export class StickToEnd {
  private readonly scroller = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  private isAtEnd = true;
  private lastTop = 0;

  constructor() {
    const destroyed = inject(DestroyRef);
    afterNextRender(() => {
      const grown = new ResizeObserver(() => {
        if (this.isAtEnd) this.toEnd();
      });
      grown.observe(this.scroller);
      if (this.scroller.firstElementChild) grown.observe(this.scroller.firstElementChild);
      destroyed.onDestroy(() => {
        grown.disconnect();
      });
    });
  }

  toEnd(): void {
    this.isAtEnd = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.lastTop = this.scroller.scrollTop;
  }

  protected onScroll(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const isNear = scrollHeight - clientHeight - scrollTop <= nearPx;
    // What is not drawn yet has a height that is only guessed: the end may move away without anybody scrolling up.
    if (isNear || scrollTop < this.lastTop) this.isAtEnd = isNear;
    this.lastTop = scrollTop;
  }
}
