import { Injectable } from '@angular/core';
import { map, type Observable } from 'rxjs';
import type { ChatCompletionBody } from 'rxllm/openai';
import { injectLlm } from 'rxllm/angular';

@Injectable({ providedIn: 'root' })
export class Translator {
  private readonly llm = injectLlm<ChatCompletionBody>();

  toFrench(text: string): Observable<string> {
    const messages = [{ role: 'user', content: `In French, please: ${text}` }];
    return this.llm.completion({ messages }).pipe(map((completion) => completion.text));
  }
}
