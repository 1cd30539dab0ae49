import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const idsOf = (html: string): ReadonlySet<string> =>
  new Set([...html.matchAll(/ (?:id|name)="([^"]*)"/g)].map(([, id = '']) => id));

/** The addresses that a page leads to, or loads. */
const addressesIn = (html: string): readonly string[] =>
  // Code that is shown holds no address: what looks like one is text, its quotation marks written as entities.
  [...html.matchAll(/<[a-z][^>]* (?:href|src)="([^"]*)"/g)].map(([, address = '']) => address.replaceAll('&amp;', '&'));

const isElsewhere = (address: string): boolean => /^[a-z][a-z+.-]*:|^\/\//i.test(address);

/** What a server sends for a path: of a folder, its index. */
const fileOf = (path: string): string =>
  existsSync(path) && statSync(path).isDirectory() ? join(path, 'index.html') : path;

/** The links of a built site that lead nowhere: to no file of it, or to no place on a page. */
export const checkLinks = (site: string): readonly string[] => {
  const pages = new Map(
    readdirSync(site, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.html'))
      .map((file) => [join(site, file), readFileSync(join(site, file), 'utf8')] as const),
  );
  const ids = new Map([...pages].map(([file, html]) => [file, idsOf(html)] as const));
  return [...pages].flatMap(([page, html]) =>
    [...new Set(addressesIn(html))]
      .filter((address) => !isElsewhere(address))
      .filter((address) => {
        const [path = '', fragment = ''] = address.split('#');
        const file = path === '' ? page : fileOf(join(dirname(page), decodeURIComponent(path.replace(/\?.*$/, ''))));
        if (!existsSync(file)) return true;
        return fragment !== '' && ids.has(file) && ids.get(file)?.has(decodeURIComponent(fragment)) !== true;
      })
      .map((address) => `${relative(site, page)}: ${address}`),
  );
};
