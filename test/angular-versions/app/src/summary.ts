import { Component, signal } from '@angular/core';
import { completionResource } from 'rxllm/angular';

@Component({
  selector: 'app-summary',
  template: `
    <button type="button" (click)="article.set('A long story')">Summarize</button>
    <p data-testid="summary">{{ summary.value().value?.text }}</p>
  `,
})
export class Summary {
  readonly article = signal<string | undefined>(undefined);
  readonly summary = completionResource({ system: 'Summarize in one sentence.', prompt: this.article });
}
