import { type AngularVersion, pins } from '../../angular-versions/pins.ts';
import { manifest } from '../../support/entryPoints.ts';

/** The oldest Node that `engines` allows, and one of each line from there on. */
export const nodeVersions = ['20.19.0', '22.23.3', '24.21.0', '26.10.0'] as const;

export const denoVersion = '2.9.6';

export const bunVersion = '1.4.5';

/** Each TypeScript beside the Angular that wants it; one that no Angular wants yet is tried with the newest. */
export const typescriptVersions: readonly { readonly typescript: string; readonly angular: AngularVersion }[] = [
  { typescript: pins['20'].typescript, angular: '20' },
  { typescript: pins['21'].typescript, angular: '21' },
  { typescript: pins['22'].typescript, angular: '22' },
  { typescript: '7.0.2', angular: '22' },
];

/** Vite 7 bundles with Rollup and esbuild, Vite 8 with Rolldown. */
export const bundlerVersions = {
  esbuild: '0.25.12',
  vite: ['7.3.8', '8.3.8'],
  webpack: '5.112.2',
  webpackCli: '7.3.1',
} as const;

const ownVersions = { ...manifest.devDependencies, ...manifest.dependencies };

/** The peers that an application with this Angular has, and what its own code asks for. */
export const peersWith = (angular: AngularVersion): Record<string, string> => ({
  ...Object.fromEntries(['core', 'common', 'compiler'].map((name) => [`@angular/${name}`, pins[angular].angular])),
  ...Object.fromEntries(
    ['rxjs', '@opentelemetry/api', '@types/node', 'io-ts', 'fp-ts'].map((name) => [name, ownVersions[name] ?? '*']),
  ),
});
