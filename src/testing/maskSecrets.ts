/** A piece of a body, and whatever is to be kept with it. */
export interface Piece<T> {
  readonly bytes: Uint8Array;
  readonly note: T;
}

/** Lets pieces through once it is known whether they hold a secret; the borders between them stay where they are. */
export interface SecretMask<T> {
  /** The pieces that nothing which may follow can make part of a secret. */
  readonly push: (piece: Piece<T>) => readonly Piece<T>[];
  /** The rest. */
  readonly flush: () => readonly Piece<T>[];
}

/** A byte per character, so that strings' own search can be used, and a cut character does no harm. */
const binaryOf = (bytes: Uint8Array): string => {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return binary;
};

/** Where the longest end of `text` begins that one of the secrets begins with. */
const openFrom = (text: string, secrets: readonly string[]): number => {
  const longest = Math.max(...secrets.map(({ length }) => length - 1));
  for (let from = Math.max(0, text.length - longest); from < text.length; from += 1) {
    const end = text.slice(from);
    if (secrets.some((secret) => secret.startsWith(end))) return from;
  }
  return text.length;
};

/** Every place in `text` that a secret takes, also of those that overlap. */
function* placesOf(text: string, secrets: readonly string[]): Generator<readonly [start: number, end: number]> {
  for (const secret of secrets) {
    for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1)) yield [at, at + secret.length];
  }
}

const asterisk = 0x2a;

/**
 * Puts as many asterisks in the place of every secret in a body, also of one that the network cut; some servers repeat
 * the key they were given. A piece whose end may be the beginning of a secret waits for the next one.
 */
export const maskSecrets = <T>(secrets: readonly string[]): SecretMask<T> => {
  const hidden = secrets.map((secret) => binaryOf(new TextEncoder().encode(secret)));
  /** What was in them goes on being looked at after it was masked: it may begin a longer secret, too. */
  let waiting: readonly (Piece<T> & { readonly original: string })[] = [];

  const mask = (text: string): void => {
    for (const [start, end] of placesOf(text, hidden)) {
      let from = 0;
      for (const { bytes } of waiting) {
        bytes.fill(asterisk, Math.max(0, start - from), Math.max(0, end - from));
        from += bytes.byteLength;
      }
    }
  };
  const take = (untilByte: number): readonly Piece<T>[] => {
    let to = 0;
    const taken = waiting.filter(({ bytes }) => (to += bytes.byteLength) <= untilByte);
    waiting = waiting.slice(taken.length);
    return taken;
  };

  return {
    push(piece) {
      if (hidden.length === 0) return [piece];
      // A copy: whoever reads the body must see the bytes as they came. (`slice` of a Buffer copies nothing.)
      waiting = [...waiting, { ...piece, bytes: new Uint8Array(piece.bytes), original: binaryOf(piece.bytes) }];
      const text = waiting.map(({ original }) => original).join('');
      mask(text);
      return take(openFrom(text, hidden));
    },
    flush: () => take(Infinity),
  };
};
