import { isAnswerId } from '../internal/isAnswerId.ts';
import { badRequest, noSuchAnswer, Refusal } from './Refusal.ts';

/** What a request wants of an answer. */
export type AnswerRoute =
  | { readonly action: 'start' }
  | { readonly action: 'follow' | 'stop'; readonly id: string }
  /** What may be done at an address. */
  | { readonly action: 'options'; readonly allow: string };

/** What each method does at an address. */
type Ways = Readonly<Record<string, AnswerRoute>>;

const idIn = (segment: string): string => {
  try {
    const id = decodeURIComponent(segment);
    if (isAnswerId(id)) return id;
  } catch {
    // A percent sign that begins nothing.
  }
  throw noSuchAnswer();
};

const waysAt = (path: string): Ways => {
  if (path === '' || path === '/') return { POST: { action: 'start' } };
  const [, segment, cancel] = /^\/([^/]+)(\/cancel)?\/?$/.exec(path) ?? [];
  if (segment === undefined) throw badRequest('there is nothing at this address', 404);
  const id = idIn(segment);
  if (cancel !== undefined) return { POST: { action: 'stop', id } };
  const follow = { action: 'follow', id } as const;
  return { GET: follow, HEAD: follow, DELETE: { action: 'stop', id } };
};

/** What a request wants, by its method and path; throws a `Refusal` for what there is not. */
export const routeOf = (method: string, path: string, basePath: string): AnswerRoute => {
  if (!path.startsWith(basePath)) throw badRequest('there is nothing at this address', 404);
  const ways = new Map(Object.entries(waysAt(path.slice(basePath.length))));
  const allow = [...ways.keys(), 'OPTIONS'].join(', ');
  if (method === 'OPTIONS') return { action: 'options', allow };
  const route = ways.get(method);
  if (route) return route;
  throw new Refusal(405, 'invalid_request_error', 'this method does nothing here', { allow });
};
