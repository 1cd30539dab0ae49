import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { catalogue, dialects } from '../catalogue/index.ts';
import { clients } from '../clients/index.ts';
import type { ConformanceClient } from '../clients/ConformanceClient.ts';
import type { FilledCell } from './Cell.ts';
import { ownRemarks, otherRemarks, type Remark } from './remarks.ts';
import { legend, words } from './words.ts';

const root = join(import.meta.dirname, '..', '..');

const versionIn = (folder: string): string =>
  (JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { version: string }).version;

/** A client's packages with the versions that are installed. */
export const packagesOf = ({ packages, id }: ConformanceClient): string => {
  if (id.startsWith('rxllm')) return `rxllm ${versionIn('.')}`;
  return packages.length === 0
    ? `Node's own \`fetch\``
    : packages.map((name) => `${name} ${versionIn(join('node_modules', name))}`).join(', ');
};

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

const cellText = (cell: FilledCell | undefined): string => {
  if (!cell) return '';
  const { word, isGood, count, results } = cell;
  if (isGood) return word;
  return `**${word}**${results.length > 1 ? ` ${count}/${results.length}` : ''}`;
};

const speaksOf = ({ clients: ids, cases, dialects: names }: Remark, cell: FilledCell): boolean =>
  ids.includes(cell.client.id) &&
  cases.some((id) => (id.endsWith('-') ? cell.conformanceCase.id.startsWith(id) : cell.conformanceCase.id === id)) &&
  (!names || names.includes(cell.client.dialect));

/** Cells of rxllm that are not good, and that nothing here owns up to. */
export const unexpected = (cells: readonly FilledCell[]): readonly FilledCell[] =>
  cells.filter(
    (cell) =>
      cell.client.id.startsWith('rxllm') && !cell.isGood && !ownRemarks.some((remark) => speaksOf(remark, cell)),
  );

const dialectTables = (cells: readonly FilledCell[]): string =>
  dialects
    .map(({ name }) => {
      const columns = clients.filter((client) => client.dialect === name);
      const groups = catalogue.map(({ title, cases }) => {
        const rows = cases.flatMap(({ id }) => {
          const line = columns.map((client) =>
            cells.find((cell) => cell.client === client && cell.conformanceCase.id === id),
          );
          return line.some((cell) => cell) ? [[`\`${id}\``, ...line.map(cellText)]] : [];
        });
        return rows.length === 0
          ? ''
          : `#### ${title}\n\n${table(['case', ...columns.map((client) => client.title)], rows)}\n`;
      });
      return `### ${name}\n\n${groups.filter((text) => text !== '').join('\n')}`;
    })
    .join('\n');

const shownWords = [...words, 'not offered'] as const;

const summary = (cells: readonly FilledCell[]): string =>
  table(
    ['dialect', 'client', ...shownWords, 'not good'],
    clients
      .toSorted((a, b) => dialectPlace(a) - dialectPlace(b))
      .map((client) => {
        const own = cells.filter((cell) => cell.client === client);
        const counts = shownWords.map((word) => own.filter((cell) => cell.word === word).length);
        const bad = own.filter(({ isGood }) => !isGood).length;
        return [client.dialect, client.title, ...[...counts, bad].map((count) => (count === 0 ? '.' : String(count)))];
      }),
  );

const dialectPlace = ({ dialect }: ConformanceClient): number => dialects.findIndex(({ name }) => name === dialect);

/** What a remark says, and of which cells; none where none of its cells is worth a remark. */
const remarkText = (remark: Remark, cells: readonly FilledCell[]): readonly string[] => {
  const own = cells.filter((cell) => speaksOf(remark, cell));
  if (own.length === 0) return [];
  const titles = [...new Set(own.map(({ client }) => client.title))];
  const ids = [...new Set(own.filter((cell) => !cell.isGood).map(({ conformanceCase }) => conformanceCase.id))];
  const shown = ids.length > 0 ? ids : [...new Set(own.map(({ conformanceCase }) => conformanceCase.id))];
  return [`- **${titles.join('; ')}** at ${shown.map((id) => `\`${id}\``).join(', ')}: ${remark.text}`];
};

const cases = catalogue
  .map(
    ({ title, intro, cases: own }) =>
      `### ${title}\n\n${intro}\n\n${own.map(({ id, title: what }) => `- \`${id}\`: ${what}`).join('\n')}`,
  )
  .join('\n\n');

/** Each client once, whatever dialects it speaks in the same words. */
const clientList = (): string => {
  const texts = new Map<string, { readonly names: string[]; readonly client: ConformanceClient }>();
  for (const client of clients) {
    const key = `${client.title}\n${client.how}`;
    const known = texts.get(key);
    if (known) known.names.push(client.dialect);
    else texts.set(key, { names: [client.dialect], client });
  }
  return [...texts.values()]
    .map(({ names, client }) => {
      const packages = [...new Set(clients.filter(({ how }) => how === client.how).map(packagesOf))];
      return `- **${client.title}** (\`--client ${client.id}\`; ${names.join(', ')}; ${[...new Set(packages.join(', ').split(', '))].join(', ')}): ${client.how}`;
    })
    .join('\n');
};

/** The whole document; the same cells give the same text. */
export const documentOf = (cells: readonly FilledCell[]): string => `# Conformance

<!-- Written by \`npm run conformance\`; change conformance/ instead. -->

The same faults, one by one, for rxllm and for the clients that people use: what each of them does. Every cell is a case that anybody can
run again. rxllm's authors chose the cases, wrote the server, and run the others' clients; [what that means](#limits) is at the
end, and a case or an option that is missing here is a welcome report.

\`\`\`sh
npm run conformance                                                     # all of it, and writes this file
npm run conformance -- --case openai-chat/end-in-text --client openai-create   # one cell: what was sent, expected and done
npm run conformance -- --client ollama                                  # a column
npm run conformance -- --list                                           # ids of cases and clients
\`\`\`

## Words

${table(
  ['word', 'means'],
  shownWords.map((word) => [word, legend[word]]),
)}

A word in bold is not good enough for its case; the intro of each group says what is. Where a case is made of several exchanges, the worst
counts, and behind a bold word stands how many of them came to it. \`error\` is no bad word: who gathers pieces has what arrived.

## In numbers

Counts of cases by word, and of those that are not good enough. What they add up to depends on which cases were thought of, so
read them as a way into the tables, and not as marks.

${summary(cells)}

## Cell by cell

${dialectTables(cells)}
## Remarks

Where rxllm is not good, or not what everybody wants:

${ownRemarks.flatMap((remark) => remarkText(remark, cells)).join('\n')}

On the others:

${otherRemarks.flatMap((remark) => remarkText(remark, cells)).join('\n')}

## The cases

${cases}

## The clients

How each was used; the files are in \`conformance/clients/\`. "Checked" is a reader who does by hand what the client leaves to its reader, where
that differs. Requests are retried as each client does by default; @google/genai, which
retries only when it is told to, is told so.

${clientList()}

## Limits

- The server is rxllm's own stand-in on loopback, which encodes each dialect as the provider documents it. It is no provider: bytes arrive in
  order and at once, and what providers do differently from their documentation is not here unless it is a case. Every client reads
  the plain answer right (\`whole\`, \`whole-tools\`), which says that the encoding is not what the others fail at.
- Cut connections are tried once per place, not at every byte; for rxllm every byte is, in \`npm run test:faults\`
  ([reliability](reliability.md)).
- A reset takes with it what its reader has not read, so the bytes before one are given 30 ms to arrive.
- Clocks are set to one second to be seen at all. A client without one is not at fault by its own promise; HANG says only what its user sees.
- That a client waits as long as \`Retry-After\` asks is not looked at, nor how it behaves in a browser, with HTTP/2 or through a proxy.
- rxllm's waits between retries are shortened; the others wait as they do by default.
- The column "rxllm, \`resume\`" is a choice and not a better client: it pays for a second request, and a model that goes on writes the
  rest anew. The server here goes on exactly where it was.
- Tested with Node ${process.versions.node.split('.')[0] ?? ''} on the versions that are named above.
`;
