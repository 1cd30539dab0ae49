import { DefaultTheme, type NavigationElement, type ProjectReflection } from 'typedoc';

/** A branch that leads to a page has that page as its first leaf: a link does not stand in a button. */
const withOverview = ({ children = [], ...element }: NavigationElement): NavigationElement => {
  if (children.length === 0) return element;
  const { path, ...branch } = element;
  const overview: NavigationElement[] = path === undefined ? [] : [{ text: 'Overview', path }];
  return { ...branch, children: [...overview, ...children.map(withOverview)] };
};

/** TypeDoc's own theme, but for the navigation. */
export class SiteTheme extends DefaultTheme {
  override getNavigation(project: ProjectReflection): NavigationElement[] {
    return super.getNavigation(project).map(withOverview);
  }
}
