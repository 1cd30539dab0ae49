import { Component } from '@angular/core';
import { injectChat } from 'rxllm/angular';

@Component({
  selector: 'app-conversation',
  template: `
    @for (message of chat.messages(); track message.id) {
      <article [attr.aria-label]="message.role === 'user' ? 'You' : 'Assistant'">{{ message.text() }}</article>
    }
    <p data-testid="status">{{ chat.status() }}</p>
    <button type="button" (click)="chat.send('Count, please')">Send</button>
    <button type="button" (click)="chat.stop()">Stop</button>
    <button type="button" (click)="chat.regenerate()">Regenerate</button>
  `,
})
export class Conversation {
  readonly chat = injectChat({ system: 'You count.' });
}
