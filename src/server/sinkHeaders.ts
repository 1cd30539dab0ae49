type Headers = Readonly<Record<string, string>>;

/** Headers as one, the later ones before the earlier: written in another case, one would be sent twice. */
export const sinkHeaders = (...all: readonly (Headers | undefined)[]): Record<string, string> =>
  Object.fromEntries(
    all.flatMap((headers) => Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])),
  );
