/** Choices that a seed repeats. */
export interface Random {
  /** From 0 to `count - 1`. */
  below(this: void, count: number): number;
  /** Both inclusive. */
  between(this: void, low: number, high: number): number;
  /** True in `percent` of a hundred cases. */
  chance(this: void, percent: number): boolean;
  pick<Item>(this: void, items: readonly Item[]): Item;
}

/**
 * One stream of choices for each actor: what one of them draws does not shift what another draws, however
 * the two happen to be interleaved.
 */
export function randomFor(seed: number, actor: string): Random {
  const next = mulberry32(hash(`${seed} ${actor}`));
  const below = (count: number): number => Math.floor(next() * count);
  return {
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (percent) => next() * 100 < percent,
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
  };
}

/** FNV-1a. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  }
  return state;
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
