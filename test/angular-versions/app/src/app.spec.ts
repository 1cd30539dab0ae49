import { HttpEventType, HttpHeaderResponse, HttpHeaders, provideHttpClient } from '@angular/common/http';
import { HttpTestingController, provideHttpClientTesting } from '@angular/common/http/testing';
import { TestBed, type ComponentFixture } from '@angular/core/testing';
import { provideLlm, withHttpClient } from 'rxllm/angular';
import { fakeLlm, type FakeLlm } from 'rxllm/angular/testing';
import { openAiChat } from 'rxllm/openai';

import { Conversation } from './conversation';
import { Summary } from './summary';
import { Translation } from './translation';
import { Translator } from './translator';

const pageOf = (fixture: ComponentFixture<unknown>): HTMLElement => fixture.nativeElement as HTMLElement;

const textOf = (fixture: ComponentFixture<unknown>, selector: string): string | undefined =>
  pageOf(fixture).querySelector(selector)?.textContent?.trim();

const press = (fixture: ComponentFixture<unknown>, name: string): void => {
  const buttons = [...pageOf(fixture).querySelectorAll('button')];
  buttons.find(({ textContent }) => textContent === name)?.click();
};

/** Until something holds that takes a moment, since bodies are read asynchronously. */
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe('with fakeLlm', () => {
  let llm: FakeLlm;

  beforeEach(() => {
    llm = fakeLlm();
    TestBed.configureTestingModule({ providers: [llm.provider] });
  });

  it('a conversation shows the answer as it comes', async () => {
    const fixture = TestBed.createComponent(Conversation);
    fixture.autoDetectChanges();
    const { chat } = fixture.componentInstance;

    press(fixture, 'Send');
    llm.text('One, ');
    await fixture.whenStable();
    expect(textOf(fixture, '[aria-label=Assistant]')).toBe('One,');
    expect(textOf(fixture, '[data-testid=status]')).toBe('streaming');

    llm.text('two.');
    llm.done();
    await fixture.whenStable();
    expect(textOf(fixture, '[aria-label=Assistant]')).toBe('One, two.');
    expect(textOf(fixture, '[data-testid=status]')).toBe('done');
    expect(chat.messages().map(({ role }) => role)).toEqual(['user', 'assistant']);
    expect(llm.requests[0].body).toMatchObject({
      messages: [
        { role: 'system', content: 'You count.' },
        { role: 'user', content: 'Count, please' },
      ],
    });
  });

  it('an error keeps what was there', async () => {
    const fixture = TestBed.createComponent(Conversation);
    fixture.autoDetectChanges();
    const { chat } = fixture.componentInstance;

    press(fixture, 'Send');
    llm.text('One, ');
    llm.fail(new Error('cut'));
    await fixture.whenStable();
    expect(textOf(fixture, '[aria-label=Assistant]')).toBe('One,');
    expect(chat.status()).toBe('error');
    expect(chat.error()).toEqual(new Error('cut'));
  });

  it('a conversation that is destroyed cancels its request', () => {
    const fixture = TestBed.createComponent(Conversation);
    fixture.componentInstance.chat.send('Count, please');
    expect(llm.requests[0].isOpen).toBe(true);

    fixture.destroy();
    expect(llm.requests[0].isOpen).toBe(false);
  });

  it('a resource asks once it has a prompt', async () => {
    const fixture = TestBed.createComponent(Summary);
    fixture.autoDetectChanges();
    await fixture.whenStable();
    expect(llm.requests).toHaveLength(0);

    press(fixture, 'Summarize');
    await fixture.whenStable();
    llm.text('Once upon');
    await fixture.whenStable();
    expect(textOf(fixture, '[data-testid=summary]')).toBe('Once upon');

    llm.fail(new Error('cut'));
    await fixture.whenStable();
    const { summary } = fixture.componentInstance;
    expect(textOf(fixture, '[data-testid=summary]')).toBe('Once upon');
    expect(summary.value().status).toBe('error');
  });

  it('a signal follows the newest of its streams', async () => {
    const fixture = TestBed.createComponent(Translation);
    fixture.autoDetectChanges();
    const { french, text } = fixture.componentInstance;
    expect(french().status).toBe('idle');

    press(fixture, 'Translate');
    await fixture.whenStable();
    llm.text('Bon');
    await fixture.whenStable();
    expect(textOf(fixture, '[data-testid=translation]')).toBe('Bon');

    text.set('Good night');
    await fixture.whenStable();
    expect(llm.requests.map(({ isOpen }) => isOpen)).toEqual([false, true]);
    llm.text('Bonne nuit');
    llm.done();
    await fixture.whenStable();
    expect(textOf(fixture, '[data-testid=translation]')).toBe('Bonne nuit');
    expect(french().status).toBe('done');
  });

  it('a service gives the answer so far', () => {
    const seen: string[] = [];
    TestBed.inject(Translator)
      .toFrench('Good evening')
      .subscribe((text) => seen.push(text));
    llm.text('Bon');
    llm.text('soir');
    llm.done();

    expect([...new Set(seen)]).toEqual(['', 'Bon', 'Bonsoir']);
  });
});

describe('with HttpClient', () => {
  const event = (content: string, finish_reason: string | null): string =>
    `data: ${JSON.stringify({ id: 'a', model: 'm', choices: [{ index: 0, delta: { content }, finish_reason }] })}\n\n`;

  it('reads the answer while it comes, once', async () => {
    TestBed.configureTestingModule({
      providers: [
        provideHttpClient(),
        provideHttpClientTesting(),
        provideLlm(
          { dialect: openAiChat, baseUrl: 'http://llm.test/v1', body: { model: 'm' } },
          withHttpClient({ sampleMs: 0 }),
        ),
      ],
    });
    const http = TestBed.inject(HttpTestingController);
    const seen: string[] = [];
    const whole = new Promise<void>((complete, error) => {
      TestBed.inject(Translator)
        .toFrench('Good evening')
        .subscribe({ next: (text) => seen.push(text), error, complete });
    });
    await new Promise((resolve) => setTimeout(resolve));
    const request = http.expectOne('http://llm.test/v1/chat/completions');
    const first = event('Bon', null);
    const headers = new HttpHeaders({ 'content-type': 'text/event-stream' });
    request.event(new HttpHeaderResponse({ headers }));
    request.event({ type: HttpEventType.DownloadProgress, loaded: first.length, partialText: first });
    await until(() => seen.includes('Bon'));
    request.flush(`${first}${event('soir', 'stop')}data: [DONE]\n\n`, { headers });
    await whole;
    expect(seen.at(-1)).toBe('Bonsoir');
    http.verify();
  });
});
