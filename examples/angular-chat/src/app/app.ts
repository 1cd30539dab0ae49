import { Component, inject } from '@angular/core';
import { Router, RouterLink, RouterLinkActive, RouterOutlet } from '@angular/router';

import { Conversation } from './chat/conversation';

@Component({
  selector: 'app-root',
  imports: [RouterLink, RouterLinkActive, RouterOutlet],
  template: `
    <header>
      <a class="brand" routerLink="/"><img src="icon.svg" alt="" width="28" height="28" /> rxllm</a>
      <nav aria-label="Pages">
        <a
          routerLink="/"
          routerLinkActive="here"
          [routerLinkActiveOptions]="{ exact: true }"
          ariaCurrentWhenActive="page"
        >
          Chat
        </a>
        <a routerLink="/compare" routerLinkActive="here" ariaCurrentWhenActive="page">Compare</a>
      </nav>
      <button type="button" class="quiet" (click)="newChat()">New chat</button>
    </header>
    <router-outlet />
  `,
})
export class App {
  private readonly conversation = inject(Conversation);
  private readonly router = inject(Router);

  protected newChat(): void {
    this.conversation.startAnew();
    void this.router.navigateByUrl('/');
  }
}
