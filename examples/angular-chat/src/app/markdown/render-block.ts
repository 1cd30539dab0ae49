import { Marked, type Tokens } from 'marked';

/** Where images may come from. An image of a model's choosing can carry away, in its address, whatever the model has read. */
const imageOrigins: readonly string[] = [location.origin];

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const isAllowed = (href: string): boolean =>
  URL.canParse(href, location.href) && imageOrigins.includes(new URL(href, location.href).origin);

/** What a link may lead to; the sanitizer would let `data:` through, which can show a page of the model's making. */
const isLinkable = (href: string): boolean =>
  URL.canParse(href, location.href) && /^(?:https?|mailto):$/.test(new URL(href, location.href).protocol);

const marked = new Marked({
  gfm: true,
  renderer: {
    // HTML that a model writes is shown, not obeyed.
    html: ({ text }: Tokens.HTML | Tokens.Tag) => escaped(text),
    image: ({ href, text }: Tokens.Image) =>
      isAllowed(href) ? `<img src="${escaped(href)}" alt="${escaped(text)}" loading="lazy">` : escaped(text || 'image'),
    link({ href, tokens }: Tokens.Link) {
      const text = this.parser.parseInline(tokens);
      return isLinkable(href) ? `<a href="${escaped(href)}">${text}</a>` : text;
    },
    // The sanitizer takes checkboxes away.
    checkbox: ({ checked }: Tokens.Checkbox) => (checked ? '☑ ' : '☐ '),
  },
});

/** A block of code, which is drawn without going through HTML; `undefined` for any other block. */
export function codeIn(raw: string): { readonly text: string; readonly language: string } | undefined {
  const [token] = marked.lexer(raw);
  return token?.type === 'code' ? { text: String(token['text']), language: String(token['lang'] ?? '') } : undefined;
}

/** HTML of a block, for `[innerHTML]`, which sanitizes it. */
export const htmlOf = (raw: string): string => marked.parse(raw, { async: false });
