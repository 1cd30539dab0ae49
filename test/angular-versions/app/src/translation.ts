import { Component, inject, signal } from '@angular/core';
import { streamSignal } from 'rxllm/angular';

import { Translator } from './translator';

@Component({
  selector: 'app-translation',
  template: `
    <button type="button" (click)="text.set('Good evening')">Translate</button>
    <p data-testid="translation">{{ french().value }}</p>
  `,
})
export class Translation {
  private readonly translator = inject(Translator);
  readonly text = signal('');
  readonly french = streamSignal(() => (this.text() === '' ? undefined : this.translator.toFrench(this.text())));
}
