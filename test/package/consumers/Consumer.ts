/** What a packed library is used by: a runtime, a compiler, a bundler. */
export interface Consumer {
  /** Its row in the table. */
  readonly label: string;
  readonly kind: Kind;
  /** Whether CI has time for it. */
  readonly isInCi: boolean;
  /** Makes a folder that has all it needs, the library from `tarball` included. */
  readonly prepare: (tarball: string) => Promise<string>;
  /** What is done in that folder, by the name of its column. */
  readonly cells: Readonly<Record<string, (folder: string) => Promise<void>>>;
}

export const kinds = ['runtimes', 'compilers', 'bundlers'] as const;

export type Kind = (typeof kinds)[number];
