import { type HttpClient, HttpContext, HttpHeaders } from '@angular/common/http';
import type { NgZone } from '@angular/core';

import { withoutSecrets } from '../internal/redact.ts';
import { HttpExchange } from './HttpExchange.ts';
import { LLM_STREAM } from './LlmPiece.ts';

/** A `fetch` that sends its requests through HttpClient, and so through the application's interceptors. */
export const httpClientFetch =
  (http: HttpClient, zone: NgZone, sampleMs: number): typeof globalThis.fetch =>
  (input, init = {}) =>
    new Promise((resolve, reject) => {
      const url = input instanceof Request ? input.url : String(input);
      const { method = 'GET', redirect, signal } = init;
      const events = http.request(method, url, {
        body: init.body,
        headers: new HttpHeaders(Object.fromEntries(new Headers(init.headers))),
        context: new HttpContext().set(LLM_STREAM, true),
        observe: 'events',
        responseType: 'text',
        // eslint-disable-next-line @typescript-eslint/no-deprecated -- Angular 20 and 21 know no other word for it
        reportProgress: true,
        ...(redirect && { redirect }),
      });
      const outside = (work: () => void): void => {
        zone.runOutsideAngular(work);
      };
      outside(
        () =>
          new HttpExchange(events, {
            url: withoutSecrets(url),
            signal: signal ?? undefined,
            sampleMs,
            outside,
            resolve,
            reject,
          }),
      );
    });
