/** Whether every case is tried where some would do: `RXLLM_THOROUGH=on npm test`, which takes minutes more. */
const isThorough = process.env['RXLLM_THOROUGH'] === 'on';

/** How often a property is tried: so often, and ten times as often when it is to be thorough. */
export const runs = (usual: number): number => (isThorough ? 10 * usual : usual);

const [lineFeed, carriageReturn, lastAscii] = [0x0a, 0x0d, 0x7f];

/**
 * The lengths of the beginnings of a stream: each that ends near the end of a line or within a character of several
 * bytes, and every seventh of the others, which are all within a line. All of them when it is to be thorough.
 */
export const beginnings = (bytes: Uint8Array): readonly number[] => {
  const isNear = (length: number): boolean =>
    bytes
      .subarray(Math.max(0, length - 3), length + 2)
      .some((byte) => byte === lineFeed || byte === carriageReturn || byte > lastAscii);
  const all = Array.from({ length: bytes.length }, (_, length) => length);
  return isThorough ? all : all.filter((length) => length % 7 === 3 || isNear(length));
};
