import { createElement, Profiler, type ReactNode, StrictMode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { concat, from, NEVER, Observable, of, throwError } from 'rxjs';

import { useStream } from '../../examples/react/useStream.ts';

/** Runs in the browser: mounts what shows a stream, and tells what came of it. */
export interface ReactHarness {
  /** Mounts a component under StrictMode that shows the stream of that name. */
  readonly mount: (name: keyof typeof streams) => void;
  /** Renders the same component with another stream. */
  readonly change: (name: keyof typeof streams) => void;
  readonly unmount: () => void;
  readonly shown: () => string;
  /** Lets as many values through the stream `pushed` as it is told, all within one task. */
  readonly push: (count: number) => void;
  readonly counts: { subscribed: number; unsubscribed: number; commits: number };
}

const counts = { subscribed: 0, unsubscribed: 0, commits: 0 };

const counted = <T>(source: Observable<T>): Observable<T> =>
  new Observable((subscriber) => {
    counts.subscribed += 1;
    const inner = source.subscribe(subscriber);
    return () => {
      counts.unsubscribed += 1;
      inner.unsubscribe();
    };
  });

let pushValue: (value: number) => void = () => undefined;
let pushed = 0;

const streams = {
  endless: counted(concat(of('one'), NEVER)),
  other: counted(concat(of('two'), NEVER)),
  synchronous: counted(from(['a', 'ab', 'abc'])),
  failing: counted(
    concat(
      of('half'),
      throwError(() => new Error('cut')),
    ),
  ),
  pushed: counted(
    new Observable<string>((subscriber) => {
      pushValue = (value) => {
        subscriber.next(String(value));
      };
    }),
  ),
};

function Shown({ name }: { readonly name: keyof typeof streams }): ReactNode {
  const { value, status, error } = useStream<string>(streams[name]);
  return `${status} ${value ?? '-'} ${error instanceof Error ? error.message : '-'}`;
}

let root: Root;
const render = (name: keyof typeof streams): void => {
  const onRender = (): void => {
    counts.commits += 1;
  };
  const profiled = createElement(Profiler, { id: 'shown', onRender }, createElement(Shown, { name }));
  root.render(createElement(StrictMode, null, profiled));
};

const harness: ReactHarness = {
  mount(name) {
    root = createRoot(document.body.appendChild(document.createElement('main')));
    render(name);
  },
  change: render,
  unmount() {
    root.unmount();
  },
  shown: () => document.querySelector('main')?.textContent ?? '',
  push(count) {
    for (let left = count; left > 0; left -= 1) pushValue((pushed += 1));
  },
  counts,
};

Object.assign(globalThis, { harness });
