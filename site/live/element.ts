/** An element with its properties, attributes (those with a hyphen) and children. */
export const element = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Partial<Omit<HTMLElementTagNameMap[Tag], 'style'>> & Readonly<Record<`${string}-${string}`, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes('-')) made.setAttribute(name, value as string);
    else Object.assign(made, { [name]: value });
  }
  made.append(...children);
  return made;
};
