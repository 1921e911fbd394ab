/** Choices that a seed repeats. */
export interface Random {
  readonly seed: number;
  /** From 0 to `count - 1`. */
  below(count: number): number;
  pick<Item>(items: readonly Item[]): Item;
}

/** From TIDEMARK_TEST_SEED, or a new one, which is printed so that a failure can be looked into. */
export function createRandom(title: string): Random {
  const given = process.env['TIDEMARK_TEST_SEED'];
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  process.stdout.write(`${title}: TIDEMARK_TEST_SEED=${seed}\n`);
  return randomFrom(seed);
}

/** Mulberry32. */
export function randomFrom(seed: number): Random {
  let state = seed;
  const below = (count: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((((mixed ^ (mixed >>> 14)) >>> 0) * count) / 2 ** 32) | 0;
  };
  return {
    seed,
    below,
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
  };
}
