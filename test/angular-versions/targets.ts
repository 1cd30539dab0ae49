import type { AngularVersion } from './pins.ts';

/** An Angular, and how it notices changes. */
export interface Target {
  readonly version: AngularVersion;
  readonly zone: boolean;
  /** The folder in `app/` whose files take the place of those for a zoneless default. */
  readonly variant: string | undefined;
  /** What it is called in the table. */
  readonly label: string;
}

/** Zone.js is what a new application has with 20; from 21 on it is what older ones bring along. */
export const targets: readonly Target[] = [
  { version: '20', zone: true, variant: 'zone', label: '20 zone.js' },
  { version: '20', zone: false, variant: 'zoneless-20', label: '20 zoneless' },
  { version: '21', zone: false, variant: undefined, label: '21 zoneless' },
  { version: '22', zone: false, variant: undefined, label: '22 zoneless' },
  { version: '22', zone: true, variant: 'zone', label: '22 zone.js' },
];
