import { concat, defer, interval, map, merge, type Observable, of, takeUntil, takeWhile, timer } from 'rxjs';
import { bufferForUi, isStreamError } from 'rxllm';

import type { Composition } from './Composition.ts';
import type { Flow } from './flowOf.ts';
import type { LiveDialect } from './LiveDialect.ts';
import { observeRun } from './observeRun.ts';
import { Recording } from './Recording.ts';
import { requestOf } from './requestOf.ts';
import type { RunEvent } from './RunEvent.ts';
import { shownText } from './shownText.ts';

/** A run, as it is to be painted. */
export interface Playing {
  readonly recording: Recording;
  /** What the last stage has shown. */
  readonly text: string;
  readonly nowMs: number;
  readonly requests: number;
  /** How the last stage ended. */
  readonly ending: string | undefined;
}

/** How often time goes on where nothing comes, in milliseconds. */
const tickMs = 100;

/** A stream of heartbeats never ends; a run does, after so many milliseconds. */
const maxRunMs = 60_000;

const endingOf = ({ type, value }: RunEvent): string | undefined => {
  if (type === 'complete') return 'Completed';
  if (type !== 'error') return undefined;
  return isStreamError(value) ? `${value._tag}: ${value.message}` : String(value);
};

/** Runs a pipeline whose operators fit; a value for each paint, the last when it is over. */
export const play = (composition: Composition, spoken: LiveDialect, flow: readonly Flow[]): Observable<Playing> =>
  defer(() => {
    const { request, provider } = requestOf(composition, spoken);
    const kinds = ['frames' as const, ...flow.map(({ gives }) => gives)];
    const recording = new Recording(kinds);
    const read = shownText(kinds.at(-1) ?? 'frames');
    const beganMs = performance.now();
    let text = '';
    let ending: string | undefined;

    const note = (event: RunEvent): void => {
      recording.add(event);
      if (event.row !== kinds.length - 1) return;
      if (event.type === 'next') text = read(event.value);
      ending = endingOf(event) ?? ending;
    };
    const operators = flow.map(({ operator }) => operator);
    return merge(concat(observeRun(spoken, request, operators), of('over' as const)), interval(tickMs)).pipe(
      takeWhile((event) => event !== 'over', true),
      map((event): Playing => {
        if (typeof event === 'object') note(event);
        return { recording, text, nowMs: performance.now() - beganMs, requests: provider.requests.length, ending };
      }),
      bufferForUi({ minIntervalMs: 40 }),
      takeUntil(timer(maxRunMs)),
    );
  });
