import type { ApplicationConfig } from '@angular/core';
import { provideRouter } from '@angular/router';
import { provideLlm } from 'rxllm/angular';
import { openAiChat } from 'rxllm/openai';
import { viaRelay } from 'rxllm/relay';

import { routes } from './app.routes';

export const appConfig: ApplicationConfig = {
  providers: [
    provideRouter(routes),
    // Our own server asks the provider, retries, and keeps the answers: no key belongs in a page.
    provideLlm({
      dialect: openAiChat,
      baseUrl: '/answers',
      body: { model: 'swift-1' },
      runIn: viaRelay('/answers', { whenLeft: 'stop' }),
    }),
  ],
};
