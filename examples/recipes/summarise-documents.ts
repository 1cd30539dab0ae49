/**
 * A summary of each document in a folder, 8 at a time, as lines of JSON; how far it is stands on the terminal. Ctrl-C stops it.
 *
 *     node examples/recipes/summarise-documents.ts notes > summaries.ndjson
 *
 * OPENAI_BASE_URL, OPENAI_API_KEY and OPENAI_MODEL say who is asked. Without an address an embedded provider answers, and without a
 * folder there are 500 made-up documents.
 */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  defer,
  distinctUntilChanged,
  fromEvent,
  lastValueFrom,
  scan,
  switchMap,
  takeUntil,
  tap,
  throttleTime,
} from 'rxjs';

import { openAiChat } from '../../src/dialects/openai-chat/index.ts';
import { lastCompletion, pool, type PoolEvent, streamCompletion } from '../../src/index.ts';
import { answer, fakeProvider } from '../../src/testing/index.ts';

const { OPENAI_BASE_URL, OPENAI_API_KEY, OPENAI_MODEL = 'gpt-4o-mini' } = process.env;
const [folder] = process.argv.slice(2);

// Who answers where nobody is named. With a provider of your own these lines go, and its address stands in the request.
const reply = { deltas: answer({ text: 'A short summary.' }), firstFrameMs: 40, frameMs: 5 };
const embedded = OPENAI_BASE_URL === undefined ? await fakeProvider({ replies: [reply] }).listen() : undefined;
const baseUrl = OPENAI_BASE_URL ?? embedded?.baseUrl(openAiChat) ?? '';

const names = folder ? readdirSync(folder).sort() : Array.from({ length: 500 }, (_, at) => `note-${at + 1}.txt`);
const read = async (name: string): Promise<string> => (folder ? readFile(join(folder, name), 'utf8') : `I am ${name}.`);

/** One document: read when its turn comes, so that no more than 8 of them are in memory. */
const summary = (name: string) => () =>
  defer(() => read(name)).pipe(
    switchMap((text) =>
      streamCompletion(openAiChat, {
        baseUrl,
        apiKey: OPENAI_API_KEY,
        retry: false, // the pool does it, and makes all of them wait when the provider says so
        body: {
          model: OPENAI_MODEL,
          messages: [
            { role: 'system', content: 'Summarise the document in two sentences.' },
            { role: 'user', content: text },
          ],
        },
      }),
    ),
    lastCompletion(),
  );

interface Tally {
  readonly done: number;
  readonly failed: number;
  readonly retried: number;
}

const count = ({ done, failed, retried }: Tally, { kind }: PoolEvent<unknown>): Tally => ({
  done: done + (kind === 'done' ? 1 : 0),
  failed: failed + (kind === 'failed' ? 1 : 0),
  retried: retried + (kind === 'retry' ? 1 : 0),
});

const none: Tally = { done: 0, failed: 0, retried: 0 };
let now = none;
const startMs = Date.now();
const { stderr, stdout } = process;
const isScreen = stderr.isTTY;

/** How far it is, in words. */
const words = ({ done, failed, retried }: Tally): string => {
  const over = done + failed;
  const left = names.length - over;
  const leftS = Math.ceil(((Date.now() - startMs) / Math.max(over, 1) / 1_000) * left);
  const notes = [failed > 0 && `${failed} failed`, retried > 0 && `${retried} retried`];
  return [`${over}/${names.length}`, ...notes, over > 0 && left > 0 && `${leftS} s left`].filter(Boolean).join(' · ');
};

/** Plain lines; on a terminal one line, as wide as it is now, that is drawn over the one before. */
const show = (tally: Tally): void => {
  const text = words(tally);
  if (!isScreen) {
    stderr.write(`${text}\n`);
    return;
  }
  const room = Math.max(0, Math.min(40, stderr.columns - text.length - 2));
  const full = Math.floor((room * (tally.done + tally.failed)) / Math.max(names.length, 1));
  stderr.write(`\r${'█'.repeat(full)}${'░'.repeat(room - full)} ${text}\x1b[K`);
};

/** A line of its own, above the bar where both stand on the same terminal. */
const say = (out: NodeJS.WriteStream, line: string): void => {
  const isShared = isScreen && out.isTTY;
  if (isShared) stderr.write('\r\x1b[K');
  out.write(`${line}\n`);
  if (isShared) show(now);
};

const report = (event: PoolEvent<{ readonly text: string }>): void => {
  const file = names[event.index];
  if (event.kind === 'value') say(stdout, JSON.stringify({ file, summary: event.value.text }));
  if (event.kind === 'failed') say(stderr, `${file}: ${String(event.error)}`);
};

const tenth = ({ done, failed }: Tally): number => Math.floor((10 * (done + failed)) / names.length);
const pace = isScreen
  ? throttleTime<Tally>(100, undefined, { leading: true, trailing: true })
  : distinctUntilChanged<Tally>((before, after) => tenth(before) === tenth(after));

// Whoever read the summaries has left (`| head`): nobody is left to make them for.
stdout.on('error', () => process.exit(1));

const event$ = pool(names.map(summary), { concurrency: 8 }).pipe(
  tap(report),
  takeUntil(fromEvent(process, 'SIGINT')), // leaves all that are under way: their connections close
);
const tally$ = event$.pipe(
  scan(count, none),
  tap((tally) => (now = tally)),
  pace,
  tap(show),
);
await lastValueFrom(tally$, { defaultValue: none });

if (isScreen) stderr.write('\n');
const over = now.done + now.failed;
if (over < names.length) stderr.write(`Stopped after ${over} of ${names.length}.\n`);
if (now.failed > 0) process.exitCode = 1;
if (over < names.length) process.exitCode = 130; // what a shell expects of Ctrl-C
await embedded?.close();
