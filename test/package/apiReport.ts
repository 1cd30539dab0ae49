/**
 * Compares the built types of every entry point with the reports in `etc/`, so that no change to the
 * public API goes by unseen. With `--accept` it writes the reports instead.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConsoleMessageId, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

import { type EntryPoint, entryPoints, root } from '../support/entryPoints.ts';

const accept = process.argv.includes('--accept');
const reportFolder = join(root, 'etc');
const reportTempFolder = mkdtempSync(join(tmpdir(), 'api-report-'));

const configOf = ({ label, types }: EntryPoint): ExtractorConfig =>
  ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(root, types),
      newlineKind: 'lf',
      compiler: {
        overrideTsconfig: { extends: './tsconfig.json', compilerOptions: { paths: {} }, include: ['dist/**/*.d.ts'] },
      },
      apiReport: {
        enabled: true,
        reportFileName: label,
        reportFolder,
        reportTempFolder,
        // A type that is reached through a signature is public, too, whichever entry point has its name.
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
    },
    configObjectFullPath: join(root, 'api-extractor.json'),
    packageJsonFullPath: join(root, 'package.json'),
  });

/** Whether the report is what it was, or, with `--accept`, has been made so. */
const holds = (entryPoint: EntryPoint): boolean => {
  const { apiReportChanged } = Extractor.invoke(configOf(entryPoint), {
    localBuild: accept,
    printApiReportDiff: true,
    messageCallback: (message) => {
      // Its advice on comments, release tags and names is not what this step is about.
      const isDiff = message.messageId === String(ConsoleMessageId.ApiReportDiff);
      if (!isDiff && message.logLevel !== ExtractorLogLevel.Error) message.logLevel = ExtractorLogLevel.None;
    },
  });
  const verdict = accept ? 'written' : 'differs';
  console.log(`etc/${entryPoint.label}.api.md: ${apiReportChanged ? verdict : 'unchanged'}`);
  return accept || !apiReportChanged;
};

/** Reports of entry points that are gone; `--accept` takes them away. */
const leftOver = (): string[] => {
  const expected = entryPoints.map(({ label }) => `${label}.api.md`);
  const files = readdirSync(reportFolder).filter((file) => file.endsWith('.api.md') && !expected.includes(file));
  if (!accept) return files;
  for (const file of files) rmSync(join(reportFolder, file));
  return [];
};

try {
  mkdirSync(reportFolder, { recursive: true });
  const differing = [
    ...entryPoints.filter((entryPoint) => !holds(entryPoint)).map(({ label }) => label),
    ...leftOver(),
  ];
  if (differing.length > 0) {
    console.error(
      `The public API is not what etc/ says (${differing.join(', ')}). If that is meant: npm run api:accept`,
    );
    process.exitCode = 1;
  }
} finally {
  rmSync(reportTempFolder, { recursive: true });
}
