import { Injectable } from '@angular/core';
import { type ChatMessage, type InitialMessage, injectChat } from 'rxllm/angular';
import { type RelayQuestion, viaRelay } from 'rxllm/relay';

import { type Asked, earlierVisit, keepVisit } from './visit';
import { weather } from './weather';

const kept = ({ role, content, text }: ChatMessage): InitialMessage =>
  role === 'user' ? { role, content } : { role, text: text() };

/**
 * The conversation, kept in a service: it goes on while another page is shown. Our server makes the answers and keeps them for a
 * while, so a reload in the middle of one loses nothing.
 */
@Injectable({ providedIn: 'root' })
export class Conversation {
  private readonly earlier = earlierVisit();
  private asked: readonly Asked[] = [];

  readonly chat = injectChat({
    system: 'You are a helpful assistant. Answer in Markdown.',
    tools: [weather],
    approve: 'ask',
    messages: this.earlier.messages,
    runIn: viaRelay('/answers', { whenLeft: 'stop', key: (question) => this.keyOf(question) }),
    onFinish: () => {
      this.asked = [];
      this.keep();
    },
  });

  constructor() {
    // The last question has no answer yet: it is asked again, with the key that it had.
    if (this.earlier.asked.length > 0) this.chat.regenerate();
  }

  startAnew(): void {
    this.asked = [];
    this.chat.reset();
    this.keep();
  }

  private keyOf({ body }: RelayQuestion): string {
    const question = JSON.stringify(body);
    const known = this.earlier.asked.find((one) => one.question === question && !this.asked.includes(one));
    const one = known ?? { key: crypto.randomUUID(), question };
    this.asked = [...this.asked, one];
    this.keep();
    return one.key;
  }

  private keep(): void {
    const messages = this.chat.messages().filter((message) => message.status() !== 'streaming');
    keepVisit({ messages: messages.map(kept), asked: this.asked });
  }
}
