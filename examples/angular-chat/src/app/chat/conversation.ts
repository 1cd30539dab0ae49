import { Injectable } from '@angular/core';
import { injectChat } from 'rxllm/angular';

import { weather } from './weather';

/** The conversation, kept in a service: it goes on while another page is shown. */
@Injectable({ providedIn: 'root' })
export class Conversation {
  readonly chat = injectChat({
    system: 'You are a helpful assistant. Answer in Markdown.',
    tools: [weather],
    approve: 'ask',
  });
}
