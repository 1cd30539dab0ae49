/** Headings whose level leaves one out are told by the level that they have in the page. */
const withLevels = (html: string): string => {
  let level = 0;
  return html.replace(/<h([1-6])(?=[ >])/g, (tag, own: string) => {
    const told = Math.min(Number(own), level + 1);
    level = told;
    return told === Number(own) ? tag : `${tag} aria-level="${told}"`;
  });
};

/** What opens and closes a section is no place for a link, too. */
const withoutLinksInSummaries = (html: string): string =>
  html.replace(/<summary[\s\S]*?<\/summary>/g, (summary) =>
    summary.replace(/<a [^>]*class="tsd-anchor-icon"[\s\S]*?<\/a>/g, ''),
  );

/** What TypeDoc's theme leaves out for those who hear a page, or read it on a phone. */
export const accessiblePage = (html: string): string => {
  const [head = '', content = ''] = html.split(/(?=<div class="col-content">)/);
  const main = content
    .replace('<div class="col-content">', '<div class="col-content" role="main">')
    .replace('<div class="col-sidebar">', '<div class="col-sidebar" role="complementary" aria-label="Contents">')
    // A wide table is moved, and not the page.
    .replaceAll('<table>', '<div class="table" role="group" aria-label="Table" tabindex="0"><table>')
    .replaceAll('</table>', '</table></div>');
  return head + withLevels(withoutLinksInSummaries(main));
};
