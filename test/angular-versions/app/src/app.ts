import { Component } from '@angular/core';

import { Conversation } from './conversation';
import { Summary } from './summary';
import { Translation } from './translation';

@Component({
  selector: 'app-root',
  imports: [Conversation, Summary, Translation],
  template: `
    <app-conversation />
    <app-summary />
    <app-translation />
  `,
})
export class App {}
