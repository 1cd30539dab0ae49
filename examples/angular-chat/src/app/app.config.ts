import type { ApplicationConfig } from '@angular/core';
import { provideRouter } from '@angular/router';
import { provideLlm } from 'rxllm/angular';
import { openAiChat } from 'rxllm/openai';

import { routes } from './app.routes';

export const appConfig: ApplicationConfig = {
  providers: [
    provideRouter(routes),
    // Requests go to our own server, which adds the key and passes them on: no key belongs in a page.
    provideLlm({ dialect: openAiChat, baseUrl: '/api/v1', body: { model: 'swift-1' }, retry: { maxRetries: 3 } }),
  ],
};
