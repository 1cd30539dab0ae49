import { provideHttpClient, withInterceptors } from '@angular/common/http';
import { provideZoneChangeDetection, provideZonelessChangeDetection } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { provideLlm } from 'rxllm/angular';
import { openAiChat } from 'rxllm/openai';

import { App } from './app';
import { transports } from './transports';

const query = new URLSearchParams(location.search);
const { features, interceptors } = transports[query.get('transport') ?? 'fetch'];

bootstrapApplication(App, {
  providers: [
    'Zone' in globalThis ? provideZoneChangeDetection() : provideZonelessChangeDetection(),
    provideHttpClient(withInterceptors(interceptors)),
    provideLlm({ dialect: openAiChat, baseUrl: query.get('provider') ?? '', body: { model: 'm' } }, ...features),
  ],
}).catch((error: unknown) => console.error(error));
