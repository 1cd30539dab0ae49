import { answerText } from './answerText.ts';
import { type Composition, speeds } from './Composition.ts';
import { faultOf } from './faultOf.ts';
import { flowOf } from './flowOf.ts';
import type { Kind } from './Kind.ts';
import type { LiveDialect } from './LiveDialect.ts';
import { type LiveOperator, operatorNamed } from './LiveOperator.ts';
import { literal } from './literal.ts';
import { firstFrameMs } from './requestOf.ts';

/** The sources of `snippets/`, by name. */
export type Snippets = Readonly<Record<string, string>>;

const importLine = /^import (?:type )?\{ (.+) \} from '(.+)';\n/gm;

/** Import lines of one module each, their names once and in order. */
const importsOf = (names: readonly (readonly [specifier: string, name: string])[]): string => {
  const order = (name: string): string => name.replace('type ', '').toLowerCase();
  return [...new Set(names.map(([specifier]) => specifier))]
    .map((specifier) => {
      const own = new Set(names.filter(([from]) => from === specifier).map(([, name]) => name));
      const sorted = [...own].sort((a, b) => (order(a) < order(b) ? -1 : 1));
      const line = `import { ${sorted.join(', ')} } from '${specifier}';`;
      return line.length <= 120 ? line : `import {\n  ${sorted.join(',\n  ')},\n} from '${specifier}';`;
    })
    .join('\n');
};

/** What is done with each value. */
const shown: Readonly<Record<Kind, string>> = {
  frames: '(frame) => console.log(frame)',
  chunks: '(chunk) => console.log(chunk)',
  deltas: '(delta) => console.log(delta)',
  'lists of deltas': '(deltas) => console.log(deltas)',
  completions: '(completion) => console.log(completion.text)',
  texts: '(text) => console.log(text)',
};

/** `pipe` has types for nine operators. */
const maxPiped = 9;

const pipesOf = (lines: readonly string[]): string => {
  if (lines.length === 0) return '';
  const [now, later] = [lines.slice(0, maxPiped), lines.slice(maxPiped)];
  return `.pipe(\n${now.map((line) => `  ${line},`).join('\n')}\n)${pipesOf(later)}`;
};

const providerCode = (composition: Composition, spoken: LiveDialect): string => {
  const { reply: faulty, deltas: count, malformed } = faultOf(composition, spoken);
  const isOnce = composition.times === 'once';
  const changed = [
    ...(count === undefined ? [] : [`deltas: deltas.slice(0, ${count})`]),
    ...Object.entries(faulty ?? {}).map(([key, value]) => `${key}: ${literal(value)}`),
  ];
  const broken = `{ ...reply, ${changed.join(', ')} }`;
  const given = changed.length === 0 ? 'reply' : isOnce ? `requests === 0 ? ${broken} : reply` : broken;
  const params = changed.length > 0 && isOnce ? '({ body }, requests)' : '({ body })';
  const lines = [
    `const provider = fakeProvider({`,
    `  replies: ${params} => {`,
    `    const deltas = answer({ text: restOf(text, body) });`,
    `    const reply = { deltas, firstFrameMs: ${firstFrameMs}, frameMs: ${speeds[composition.speed]} };`,
    `    return ${given};`,
    `  },`,
    `});`,
  ];
  if (malformed === undefined) return [...lines, `const { fetch } = provider;`].join('\n');
  const options = `{ afterPieces: ${malformed.afterPieces}, times: ${isOnce ? 1 : 'Infinity'} }`;
  return [...lines, `const fetch = withMalformedFrame(provider.fetch, ${literal(malformed.frame)}, ${options});`].join(
    '\n',
  );
};

/** The composition as a program of its own, which runs as it is. */
export const codeOf = (composition: Composition, spoken: LiveDialect, snippets: Snippets): string => {
  const flow = flowOf(composition.operators.map(operatorNamed).filter((operator) => operator !== undefined));
  const operators: readonly LiveOperator[] = flow.map(({ operator }) => operator);
  const used = [
    'restOf',
    ...(composition.fault === 'malformed' ? ['withMalformedFrame'] : []),
    ...operators.flatMap(({ snippet }) => snippet ?? []),
  ].map((name) => snippets[name] ?? '');
  const source = spoken.dialect.framing === 'sse' ? 'fromSse' : 'fromNdjson';
  const imported = used.flatMap((text) =>
    [...text.matchAll(importLine)].flatMap(([, names = '', specifier = '']) =>
      names.split(', ').map((name) => [specifier, name] as const),
    ),
  );
  const imports = importsOf(
    [
      ...imported,
      ['rxllm', source] as const,
      ...operators.filter(({ snippet }) => snippet === undefined).map(({ name }) => ['rxllm', name] as const),
      [spoken.specifier, spoken.name] as const,
      ['rxllm/testing', 'answer'] as const,
      ['rxllm/testing', 'fakeProvider'] as const,
    ].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  );
  const lines = operators.map(({ name, args }) => `${name}(${args(spoken.name)})`);
  return `${[
    imports,
    ...used.map((text) =>
      text
        .replace(importLine, '')
        .replace(/^export /m, '')
        .trim(),
    ),
    `const text =\n  ${literal(answerText)};`,
    `// Stands in for a provider: without \`fetch\` the request below goes to the network.\n${providerCode(composition, spoken)}`,
    `const request = {\n  baseUrl: ${literal(spoken.baseUrl)},\n  fetch,\n  body: ${literal(spoken.body)},\n};`,
    `const result$ = ${source}(${spoken.name}.request(request))${pipesOf(lines)};`,
    `result$.subscribe({\n  next: ${shown[flow.at(-1)?.gives ?? 'frames']},\n  error: (error: unknown) => console.error(error),\n});`,
  ].join('\n\n')}\n`;
};
