import type { Locator, Page } from 'playwright-core';

/** The application as a person finds their way in it: by roles and names. */
export class ChatPage {
  readonly page: Page;
  readonly message: Locator;
  readonly send: Locator;
  readonly stop: Locator;
  readonly conversation: Locator;
  readonly questions: Locator;
  readonly answers: Locator;
  readonly alert: Locator;

  constructor(page: Page) {
    this.page = page;
    this.message = page.getByRole('textbox', { name: 'Message' });
    this.send = this.button('Send');
    this.stop = this.button('Stop');
    this.conversation = page.getByRole('log', { name: 'Conversation' });
    this.questions = page.getByRole('article', { name: 'You' });
    this.answers = page.getByRole('article', { name: 'Assistant' });
    this.alert = page.getByRole('alert');
  }

  get answer(): Locator {
    return this.answers.last();
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** Types a question and sends it; returns once its answer has its place. */
  async ask(question: string): Promise<void> {
    const count = await this.answers.count();
    await this.message.fill(question);
    await this.message.press('Enter');
    await this.answers.nth(count).waitFor({ state: 'attached' });
  }

  /** Returns once nothing is under way any more. */
  async settled(): Promise<void> {
    await this.stop.waitFor({ state: 'hidden', timeout: 60_000 });
  }

  /** Waits for so much text of the newest answer, and gives it. */
  async textOf(minChars: number, answer: Locator = this.answer): Promise<string> {
    const handle = await answer.elementHandle();
    await this.page.waitForFunction(([element, chars]) => (element?.textContent.length ?? 0) >= chars, [
      handle,
      minChars,
    ] as const);
    return (await handle?.textContent()) ?? '';
  }

  /** The words of the newest answer, without what the application says about it. */
  prose(): Promise<string> {
    return this.answer.evaluate((article) => {
      const copy = article.cloneNode(true) as Element;
      for (const element of copy.querySelectorAll('[role=alert], [data-testid=stats], button')) element.remove();
      return copy.textContent.replace(/\s+/g, ' ').trim();
    });
  }
}
