import { checkDialect } from '../dialects/checkDialect.ts';
import { InvalidOptionError } from '../errors/InvalidOptionError.ts';
import type { Speaker } from './playReply.ts';
import { routes } from './routes.ts';

/** The dialects whose addresses begin at the origin. */
const withoutVersion = ['anthropic-messages', 'ollama'];

/** Throws `InvalidOptionError` for what no server can speak. */
export const checkSpeaker = (dialect: Speaker): void => {
  checkDialect(dialect, ['name', 'framing', 'encode', 'encodeError', 'nonStreaming']);
};

/** What is spoken at an address: `only`, if there is such a dialect; else the library's own that has the address. */
export const speakerAt = (url: string, only: Speaker | undefined): Speaker | undefined =>
  only ?? routes.find(([path]) => path.test(new URL(url).pathname))?.[1];

/** What a request to `dialect` takes as its `baseUrl`. Throws `InvalidOptionError` where nobody here speaks it. */
export const baseUrlOf = (
  origin: string,
  { name, encode }: Pick<Speaker, 'name'> & Partial<Pick<Speaker, 'encode'>>,
  only: Speaker | undefined,
): string => {
  if (only !== undefined) {
    if (name === only.name) return origin;
    throw new InvalidOptionError('dialect', `must be ${only.name}, which this provider was told to speak; got ${name}`);
  }
  // A copy with a name of its own, such as `chatPreset` makes, is spoken as what it is a copy of.
  const own = routes.find(([, route]) => name === route.name || encode === route.encode)?.[1];
  if (own !== undefined) return withoutVersion.includes(own.name) ? origin : `${origin}/v1`;
  throw new InvalidOptionError('dialect', `${name} is none of the library’s; fakeProvider({ dialect }) speaks it`);
};
