/** The command behind `npm run playground`: builds the Angular example and serves it, with a provider built in. */
import { parseArgs } from 'node:util';

import { lastValueFrom } from 'rxjs';

import { accumulateDelta } from '../../src/completions/accumulateDelta.ts';
import { openAiChat } from '../../src/dialects/openai-chat/index.ts';
import { fromRelay } from '../../src/relay/fromRelay.ts';
import { preparePlayground } from './preparePlayground.ts';
import { type Playground, startPlayground } from './startPlayground.ts';

const usage = `npm run playground -- [options]

  --port N      where to listen (4400)
  --skip-build  serve what was built before
  --check       build, start, ask one question, and end
  --help        this
`;

const out = (text: string): void => void process.stdout.write(`${text}\n`);

const start = async (port: number): Promise<Playground> => {
  try {
    return await startPlayground({ port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Error(`Port ${port} is in use. Try another: npm run playground -- --port ${port + 1}`, { cause: error });
  }
};

/** With `--skip-build` there may be nothing to show. */
const built = async (playground: Playground): Promise<Playground> => {
  if ((await fetch(playground.url)).ok) return playground;
  await playground.close();
  throw new Error('The application is not built yet: npm run playground');
};

/** Asks for the page and for an answer, as a browser would. */
const check = async ({ url }: Playground): Promise<void> => {
  const page = await fetch(url);
  if (!(await page.text()).includes('<app-root>')) throw new Error('the page is not there');
  const headers = { cookie: page.headers.get('set-cookie')?.split(';')[0] ?? '' };
  const body = { model: 'swift-1', messages: [{ role: 'user', content: 'Hi' }] };
  const deltas$ = fromRelay(`${url}answers`, { headers, body: { dialect: openAiChat.name, body } });
  const { text, ended } = await lastValueFrom(deltas$.pipe(accumulateDelta()));
  if (!ended) throw new Error('the answer has no end');
  out(`The page is there, and an answer of ${text.length} characters.`);
};

const run = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4400' },
      'skip-build': { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    out(usage);
    return;
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port ${values.port} is no port`);
  if (!values['skip-build']) await preparePlayground({ log: out });
  const playground = await built(await start(values.check ? 0 : port));
  if (values.check) {
    await check(playground).finally(playground.close);
    return;
  }
  out(`\nA chat is at ${playground.url}\nEnd it with Ctrl-C.`);
  process.once('SIGINT', () => void playground.close());
  process.once('SIGTERM', () => void playground.close());
};

run().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
