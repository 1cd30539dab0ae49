/**
 * The terminal demo: `npm run demo`, or `npm run demo -- --help`.
 *
 * `acts.ts` has what is shown, `measure.ts` makes readings of a stream, `liveScreen.ts` and `plainScreen.ts`
 * show them.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { concatMap, firstValueFrom, from, fromEvent, map, merge, type Observable, reduce, timer } from 'rxjs';

import { InvalidOptionError } from '../../src/index.ts';
import { type FakeProvider, fakeProvider } from '../../src/testing/index.ts';
import { type Act, actAt, actsWith } from './acts.ts';
import { help, readArguments, UsageError } from './arguments.ts';
import { liveScreen } from './liveScreen.ts';
import type { Scene } from './measure.ts';
import { plainScreen } from './plainScreen.ts';
import { repliesByModel } from './replies.ts';
import type { Screen } from './Screen.ts';
import { reportOf } from './words.ts';

const pauseMs = 600;

const { stdout, stderr } = process;

/** Reports the failures of a scene, and gives the exit code for it. */
const judge = ({ expects }: Act, scene: Scene, screen: Screen): number => {
  const errors = scene.map(({ ending }) => ending).filter((ending) => typeof ending === 'object');
  for (const error of errors) {
    const tell = error._tag === expects ? screen.say : screen.warn;
    tell(`\n${reportOf(error)}`);
  }
  const tags = errors.map(({ _tag }) => _tag);
  return expects === undefined ? Math.min(1, tags.length) : Number(!tags.includes(expects));
};

/** Plays one act after the other; gives the exit code. */
const play = (acts: readonly Act[], screen: Screen): Observable<number> =>
  from(acts).pipe(
    concatMap((act, index) =>
      timer(index === 0 ? 0 : pauseMs).pipe(
        concatMap(() => {
          screen.say(`${index === 0 ? '' : '\n'}${act.intro}\n`);
          return screen.show(act.scene$);
        }),
        map((scene) => judge(act, scene, screen)),
      ),
    ),
    reduce((worst, code) => Math.max(worst, code), 0),
  );

/** What the shell is to be told after a signal. */
const signal$ = merge(
  fromEvent(process, 'SIGINT').pipe(map(() => 130)),
  fromEvent(process, 'SIGTERM').pipe(map(() => 143)),
);

/** The end of the acts or a signal, whichever is first. `firstValueFrom` unsubscribes then: that alone stops the streams. */
const playUntilStopped = (acts: readonly Act[], screen: Screen): Promise<number> =>
  firstValueFrom(merge(signal$, play(acts, screen)));

/** Waits until the server has noticed, and tells how many answers it was left with. */
const answersLeft = async ({ requests }: FakeProvider): Promise<number> => {
  for (let tries = 0; tries < 20 && requests.some(({ endedBy }) => endedBy === undefined); tries += 1) await sleep(10);
  return requests.filter(({ endedBy }) => endedBy === 'client').length;
};

const playAlone = async (screen: Screen): Promise<number> => {
  const provider = fakeProvider({ replies: repliesByModel });
  const server = await provider.listen();
  try {
    const code = await playUntilStopped(actsWith(server), screen);
    screen.say(
      code > 128
        ? `\nStopped. Unsubscribing closed the sockets; answers left unfinished at the server: ${await answersLeft(provider)}.`
        : '\nNow a real one? npm run demo -- --base-url http://127.0.0.1:11434/v1 --model llama3.2',
    );
    return code;
  } finally {
    await server.close();
  }
};

const askEndpoint = async (act: Act, screen: Screen): Promise<number> => {
  const code = await playUntilStopped([act], screen);
  if (code > 128) screen.say('\nStopped. Unsubscribing closed the connection.');
  return code;
};

const run = async (args: readonly string[]): Promise<number> => {
  const command = readArguments(args);
  if (command.kind === 'help') {
    stdout.write(help);
    return 0;
  }
  const act = command.kind === 'endpoint' ? actAt(command, process.env) : undefined;
  const screen = stdout.isTTY && process.env['TERM'] !== 'dumb' ? liveScreen(stdout) : plainScreen(stdout, stderr);
  try {
    return await (act ? askEndpoint(act, screen) : playAlone(screen));
  } finally {
    screen.close();
  }
};

// Whoever read the output has left (`| head`), so there is nobody to play for.
stdout.on('error', () => process.exit(1));

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError || error instanceof InvalidOptionError)) throw error;
  stderr.write(`${error.message}\nSee npm run demo -- --help\n`);
  process.exitCode = 2;
}
