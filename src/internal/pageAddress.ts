interface Page {
  readonly document?: { readonly baseURI?: string };
  readonly location?: { readonly href?: string };
}

/** What addresses are relative to in a page, its `<base>` heeded, as `fetch` does; `undefined` where there is no page. */
export const pageAddress = (): string | undefined => {
  const { document, location } = globalThis as Page;
  return document?.baseURI ?? location?.href;
};
