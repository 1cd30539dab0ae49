import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Application, PageEvent } from 'typedoc';

import { accessiblePage } from './accessiblePage.ts';
import { bundleLivePage } from './bundleLivePage.ts';
import { checkLinks } from './checkLinks.ts';
import { nameReflections } from './nameReflections.ts';
import { readStyles } from './readStyles.ts';
import { SiteTheme } from './SiteTheme.ts';
import { typedocOptions } from './typedocOptions.ts';

/** Builds the site into a folder; throws where TypeDoc warns of anything, or a link leads nowhere. */
export const buildSite = async (out: string): Promise<void> => {
  const app = await Application.bootstrap(typedocOptions(out));
  nameReflections(app);
  app.renderer.defineTheme('site', SiteTheme);
  app.renderer.on(PageEvent.END, (page: PageEvent) => {
    page.contents = accessiblePage(page.contents ?? '');
  });
  const project = await app.convert();
  if (!project) throw new Error('TypeDoc could not read the sources');
  app.validate(project);
  await app.generateOutputs(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error('TypeDoc has complaints, above');

  const assets = join(out, 'assets');
  writeFileSync(join(assets, 'live.js'), await bundleLivePage());
  writeFileSync(join(assets, 'custom.css'), readStyles());

  const broken = checkLinks(out);
  if (broken.length > 0) throw new Error(`Links that lead nowhere:\n${broken.join('\n')}`);
};
