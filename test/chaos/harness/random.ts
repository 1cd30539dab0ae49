/** Chances that come again with the same seed. */
export interface Random {
  /** From 0 up to, not including, 1. */
  unit(): number;
  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number;
  chance(share: number): boolean;
  pick<T>(values: readonly T[]): T;
  shuffled<T>(values: readonly T[]): T[];
}

/** A state of 32 bits that depends on each character. */
const stateOf = (seed: string): number => {
  let state = 2_166_136_261;
  for (const char of seed) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 16_777_619);
  return state >>> 0;
};

/** A generator of its own for each seed: what one draws moves no other. */
export const random = (seed: string): Random => {
  let state = stateOf(seed);
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (min: number, max: number): number => min + Math.floor(unit() * (max - min + 1));
  return {
    unit,
    between,
    chance: (share) => unit() < share,
    pick: (values) => values[between(0, values.length - 1)] as (typeof values)[number],
    shuffled(values) {
      const rest = [...values];
      for (let at = rest.length - 1; at > 0; at -= 1) {
        const other = between(0, at);
        [rest[at], rest[other]] = [rest[other] as (typeof rest)[number], rest[at] as (typeof rest)[number]];
      }
      return rest;
    },
  };
};
