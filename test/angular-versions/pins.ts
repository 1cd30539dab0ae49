/** What an application with this Angular has installed; exact, since the newest patches of its packages differ. */
export interface Pins {
  /** Of every package that is released with `@angular/core`. */
  readonly angular: string;
  readonly build: string;
  readonly cli: string;
  readonly typescript: string;
  readonly zone: string;
  readonly vitest: string;
  readonly jsdom: string;
}

export const pins = {
  '20': {
    angular: '20.3.35',
    build: '20.3.41',
    cli: '20.3.43',
    typescript: '5.8.3',
    zone: '0.15.1',
    vitest: '3.2.7',
    jsdom: '26.1.0',
  },
  '21': {
    angular: '21.2.26',
    build: '21.2.27',
    cli: '21.2.28',
    typescript: '5.9.3',
    zone: '0.16.3',
    vitest: '4.1.12',
    jsdom: '27.4.0',
  },
  '22': {
    angular: '22.2.6',
    build: '22.2.7',
    cli: '22.2.7',
    typescript: '6.0.3',
    zone: '0.16.3',
    vitest: '5.1.1',
    jsdom: '30.1.3',
  },
} as const satisfies Record<string, Pins>;

export type AngularVersion = keyof typeof pins;

const framework = ['core', 'common', 'compiler', 'compiler-cli', 'platform-browser'];

/** The dependencies of the application's package.json. */
export const dependenciesOf = (version: AngularVersion): Record<string, string> => {
  const { angular, build, cli, typescript, zone, vitest, jsdom } = pins[version];
  return {
    ...Object.fromEntries(framework.map((name) => [`@angular/${name}`, angular])),
    '@angular/build': build,
    '@angular/cli': cli,
    '@swc/core': '1.16.22',
    '@swc/jest': '0.2.39',
    '@types/jest': '30.0.0',
    jest: '30.5.2',
    'jest-environment-jsdom': '30.5.2',
    'jest-preset-angular': '17.0.3',
    jsdom,
    rxjs: '7.8.2',
    typescript,
    vitest,
    'zone.js': zone,
  };
};
