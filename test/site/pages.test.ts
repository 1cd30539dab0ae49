import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { accessiblePage } from '../../site/accessiblePage.ts';
import { checkLinks } from '../../site/checkLinks.ts';
import { marbleBlocks } from '../../site/marbles/marbleBlocks.ts';
import { marbleFigure } from '../../site/marbles/marbleFigure.ts';
import { readMarbles } from '../../site/marbles/readMarbles.ts';
import { withoutFolderLinks } from '../../site/withoutFolderLinks.ts';

const site = mkdtempSync(join(tmpdir(), 'rxllm-site-'));

afterAll(() => {
  rmSync(site, { recursive: true, force: true });
});

describe('checkLinks', () => {
  it('tells links to no file, to a folder without an index, and to no place on a page; and leaves alone what is elsewhere', () => {
    mkdirSync(join(site, 'guides', 'all'), { recursive: true });
    writeFileSync(join(site, 'guides', 'all', 'index.html'), '');
    writeFileSync(join(site, 'a b.html'), '<h2 id="one&amp;two">One</h2>');
    writeFileSync(
      join(site, 'guides', 'x.html'),
      [
        '<a href="../a%20b.html"><a href="all/">',
        '<a class="b" href="../a%20b.html#three">',
        '<h2 id="here"></h2><a href="#here"><a href="#there">',
        '<a href="https://example.org/x"><a href="mailto:me@example.org">',
        '<img src="none.png"><script src="../none.js?v=1"></script><a href="..">',
        '<code>&lt;a href="nowhere.html"&gt;</code>',
      ].join('\n'),
    );

    expect(checkLinks(site)).toEqual(
      ['../a%20b.html#three', '#there', 'none.png', '../none.js?v=1', '..'].map(
        (address) => `${join('guides', 'x.html')}: ${address}`,
      ),
    );
  });
});

describe('withoutFolderLinks', () => {
  const link = (text: string) => ({ kind: 'relative-link', text, target: undefined, targetAnchor: undefined }) as const;
  const text = (words: string) => ({ kind: 'text', text: words }) as const;

  it('leaves the words of a link to a folder of the repository, and all other links', () => {
    expect(
      withoutFolderLinks([
        text('See [the chat]('),
        link('../../examples/react'),
        text(') and [this]('),
        link('a.md'),
        text(').'),
      ]),
    ).toEqual([text('See the chat'), text(' and [this]('), link('a.md'), text(').')]);
  });
});

describe('accessiblePage', () => {
  it('says what is the main part of a page, and where a heading leaves a level out', () => {
    const page = '<h4>A</h4><div class="col-content"><h1>B</h1><h4>C</h4><h4>D</h4><h3>E</h3></div>';

    expect(accessiblePage(page)).toBe(
      '<h4>A</h4><div class="col-content" role="main"><h1>B</h1><h4 aria-level="2">C</h4><h4 aria-level="3">D</h4><h3>E</h3></div>',
    );
  });
});

describe('a summary', () => {
  it('has no link in it', () => {
    const page = (link: string) => `<body><div class="col-content"><summary><h2>A${link}</h2></summary></div>`;

    expect(accessiblePage(page('<a href="#a" class="tsd-anchor-icon"><svg></svg></a>'))).toBe(accessiblePage(page('')));
  });
});

describe('a marble block', () => {
  const block = `a 1     s-(te)-|      s: start   t: ' <b>'
b          -x-#       said once
subs    ^------!
`;

  it('is found in Markdown, in lists and in docblocks', () => {
    const indented = (indent: string) => `${indent}\`\`\`marble\n${indent}a  -b-\n${indent}\`\`\`\n`;

    expect(['', '  ', ' * '].flatMap((indent) => marbleBlocks(indented(indent)))).toEqual(
      Array.from({ length: 3 }, () => 'a  -b-\n'),
    );
    expect(marbleBlocks('```ts\na\n```\n')).toEqual([]);
  });

  it('is read as rows: a label, when it begins, a string for a TestScheduler, and notes', () => {
    expect(readMarbles(block)).toEqual([
      { label: 'a 1', startsAt: 0, marbles: 's-(te)-|', legend: { s: 'start', t: ' <b>' }, remarks: [] },
      { label: 'b', startsAt: 3, marbles: '-x-#', legend: {}, remarks: ['said once'] },
      { label: 'subs', startsAt: 0, marbles: '^------!', legend: {}, remarks: [] },
    ]);
    expect(() => readMarbles('nothing but a label')).toThrow('nothing but a label');
  });

  it('is drawn sign by sign, each where it happens', () => {
    const figure = marbleFigure(block);
    const letters = [...figure.matchAll(/class="marble-letter" x="(\d+)"[^>]*>(.)</g)].map(([, x, letter]) => [
      letter,
      x,
    ]);

    // A frame is 16 pixels; what comes at once stands side by side.
    expect(letters).toEqual([
      ['s', '14'],
      ['t', '46'],
      ['e', '62'],
      ['x', '78'],
    ]);
    expect(figure.match(/marble-group/g)).toHaveLength(1);
    expect(figure).toContain('<line class="marble-end" x1="126"');
    expect(figure).toContain('<path class="marble-error" d="M103 ');
    expect(figure).toContain('<rect class="marble-subscription" x="14" y="24" width="112"');
    expect(figure).toContain('<b>t</b> &lt;b&gt;');
    expect(figure).toContain('said once');
  });
});
