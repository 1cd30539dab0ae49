import { type FormEvent, type JSX, useRef, useState } from 'react';
import { EMPTY } from 'rxjs';

import type { Completion, Turn } from '../../src/index.ts';
import { Answer } from './Answer.tsx';
import { ask } from './ask.ts';
import { StreamStore } from './StreamStore.ts';
import { useStatus } from './useStream.ts';

/** A question, and its answer for as long as the conversation is shown. */
interface Exchange {
  readonly id: number;
  readonly question: string;
  readonly answer: StreamStore<Completion>;
}

const nothing = new StreamStore<Completion>(EMPTY);

const announcements: Partial<Record<string, string>> = {
  connecting: 'Answering …',
  done: 'The answer is complete.',
  stopped: 'Stopped.',
};

/** What was said, whole: an answer goes back with all that belongs to it. */
const turnsOf = (exchanges: readonly Exchange[]): readonly Turn[] =>
  exchanges.flatMap(({ question, answer }) => {
    const { value: completion } = answer.getSnapshot();
    return [{ role: 'user', content: question }, ...(completion ? [{ role: 'assistant', completion } as const] : [])];
  });

const exchangeAfter = (past: readonly Exchange[], question: string, id: number): Exchange => ({
  id,
  question,
  answer: new StreamStore(ask([...turnsOf(past), { role: 'user', content: question }])),
});

/**
 * A conversation. It is rendered when a message is added and when an answer begins or ends; for the text that comes in
 * between, only the `Answer` that shows it is.
 */
export function Chat(): JSX.Element {
  const [exchanges, setExchanges] = useState<readonly Exchange[]>([]);
  const input = useRef<HTMLInputElement>(null);
  const last = exchanges.at(-1);
  const status = useStatus(last?.answer ?? nothing);
  const isBusy = last !== undefined && ['idle', 'connecting', 'streaming'].includes(status);

  const send = (event: FormEvent): void => {
    event.preventDefault();
    const question = input.current?.value.trim() ?? '';
    if (question === '' || isBusy) return;
    setExchanges([...exchanges, exchangeAfter(exchanges, question, (last?.id ?? 0) + 1)]);
    if (input.current) input.current.value = '';
  };
  const tryAgain = (): void => {
    const past = exchanges.slice(0, -1);
    if (last) setExchanges([...past, exchangeAfter(past, last.question, last.id + 1)]);
    input.current?.focus();
  };
  const stop = (): void => {
    last?.answer.stop();
    input.current?.focus();
  };

  return (
    <main>
      <h1>A React component</h1>
      <div role="log" aria-label="Conversation" aria-live="off">
        {exchanges.map(({ id, question, answer }) => (
          <section key={id} aria-label={question}>
            <article aria-label="You">{question}</article>
            <Answer store={answer} />
          </section>
        ))}
      </div>
      <p role="status">{announcements[last ? status : ''] ?? ''}</p>
      <form onSubmit={send}>
        <input ref={input} aria-label="Message" placeholder="Ask something" autoComplete="off" />
        {isBusy ? (
          <button key="stop" type="button" onClick={stop}>
            Stop
          </button>
        ) : (
          <button key="send">Send</button>
        )}
        {(status === 'error' || status === 'stopped') && (
          <button type="button" onClick={tryAgain}>
            Try again
          </button>
        )}
      </form>
    </main>
  );
}
