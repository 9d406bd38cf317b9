/** Puts the nodes of a directed graph without cycles into layers, and orders and places those of each layer. */

export type Item = { id: string; main: number; cross: number };
/** `passage`: width that is kept for it in the first layer that it passes by. */
export type Link = { id: string; from: string; to: string; passage?: number };

/** A place in a layer: a node, or where an edge passes by on its way to a later layer. */
export type Slot = { id: string; main: number; cross: number; at: number; passes: boolean };

export type Layered = {
  layers: Slot[][];
  /** Of each link the slots that it passes, from its start to its end, both included. */
  chains: Map<string, Slot[]>;
};

/** Width that is kept for an edge that passes by, unless it asks for more. */
const PASSAGE = 16;

export type LayerOptions = {
  gap: number;
  /** How much of the items fits across a layer; what is too much goes to a later one. */
  room?: number;
  /** How far the whole may reach across, where that can be had. */
  within?: number;
};

/** Lengths in pixels. */
export function layer(
  items: Item[],
  links: Link[],
  { gap, room = Infinity, within = Infinity }: LayerOptions,
): Layered {
  const ranks = rank(items, links, gap, room);
  const layers: Slot[][] = Array.from({ length: Math.max(-1, ...ranks.values()) + 1 }, () => []);
  const slots = new Map<string, Slot>();
  for (const item of items) {
    const slot = { ...item, at: 0, passes: false };
    slots.set(item.id, slot);
    layers[ranks.get(item.id) ?? 0]?.push(slot);
  }
  const chains = new Map<string, Slot[]>();
  // Those that soon arrive pass on the inside.
  const bySpan = [...links].sort((a, b) => (ranks.get(a.to) ?? 0) - (ranks.get(b.to) ?? 0));
  for (const { id, from, to, passage: width } of bySpan) {
    const [start, end] = [slots.get(from), slots.get(to)];
    if (!start || !end) continue;
    const chain = [start];
    for (let at = (ranks.get(from) ?? 0) + 1; at < (ranks.get(to) ?? 0); at++) {
      const passage = {
        id: `${id}/${at}`,
        main: 0,
        cross: (chain.length === 1 && width) || PASSAGE,
        at: 0,
        passes: true,
      };
      layers[at]?.push(passage);
      chain.push(passage);
    }
    chains.set(id, [...chain, end]);
  }
  const near = neighbours(chains);
  order(layers, near);
  place(layers, near, gap);
  confine(layers, within);
  return { layers, chains };
}

/** A node's layer comes after those of all that lead to it. Where room is short, the longest way goes first. */
function rank(items: Item[], links: Link[], gap: number, room: number): Map<string, number> {
  const ahead = new Map<string, number>();
  const height = (id: string): number => {
    const known = ahead.get(id);
    if (known !== undefined) return known;
    const further = links.filter(({ from }) => from === id).map(({ to }) => height(to) + 1);
    const most = Math.max(0, ...further);
    ahead.set(id, most);
    return most;
  };
  const ranks = new Map<string, number>();
  const left = [...items].sort((a, b) => height(b.id) - height(a.id));
  for (let at = 0; left.length > 0; at++) {
    const ready = left.filter(({ id }) => links.every(({ from, to }) => to !== id || (ranks.get(from) ?? at) < at));
    if (ready.length === 0) throw new Error("A state machine with a loop can't be put in layers.");
    let used = 0;
    for (const item of ready) {
      if (used > 0 && used + item.cross > room) continue;
      used += item.cross + gap;
      ranks.set(item.id, at);
      left.splice(left.indexOf(item), 1);
    }
  }
  return ranks;
}

type Neighbours = Map<Slot, { before: Slot[]; after: Slot[] }>;

function neighbours(chains: Map<string, Slot[]>): Neighbours {
  const near: Neighbours = new Map();
  const of = (slot: Slot) => {
    const known = near.get(slot) ?? { before: [], after: [] };
    near.set(slot, known);
    return known;
  };
  for (const chain of chains.values()) {
    for (const [index, slot] of chain.entries()) {
      const next = chain[index + 1];
      if (!next) continue;
      of(slot).after.push(next);
      of(next).before.push(slot);
    }
  }
  return near;
}

const mean = (numbers: number[], otherwise: number): number =>
  numbers.length ? numbers.reduce((a, b) => a + b, 0) / numbers.length : otherwise;

/** Each layer in the order of what its slots come from; passages outside where that is equal. */
function order(layers: Slot[][], near: Neighbours): void {
  const position = new Map<Slot, number>();
  const note = (slots: Slot[]) => {
    for (const [index, slot] of slots.entries()) position.set(slot, index - (slots.length - 1) / 2);
  };
  for (const slots of layers) note(slots);
  for (const slots of layers) {
    const wish = new Map(
      slots.map((slot, index) => {
        const places = (near.get(slot)?.before ?? []).map((one) => position.get(one) ?? 0);
        return [slot, mean(places, index - (slots.length - 1) / 2)];
      }),
    );
    slots.sort((a, b) => (wish.get(a) ?? 0) - (wish.get(b) ?? 0) || Number(a.passes) - Number(b.passes));
    note(slots);
  }
}

const SWEEPS = 12;

/** Across: each slot as near as may be to the middle of its neighbours, without overlap. */
function place(layers: Slot[][], near: Neighbours, gap: number): void {
  for (const slots of layers)
    settle(
      slots,
      slots.map(() => 0),
      gap,
    );
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const slots of sweep % 2 ? [...layers].reverse() : layers) {
      const side = sweep % 2 ? "after" : "before";
      const wishes = slots.map((slot) =>
        mean(
          (near.get(slot)?.[side] ?? []).map(({ at }) => at),
          slot.at,
        ),
      );
      settle(slots, wishes, gap);
    }
  }
}

/** Moves layers that stick out of a width; the widest of them says where that lies. */
function confine(layers: Slot[][], within: number): void {
  const reach = layers.map((slots) => ({
    slots,
    low: Math.min(...slots.map(({ at, cross }) => at - cross / 2)),
    high: Math.max(...slots.map(({ at, cross }) => at + cross / 2)),
  }));
  const widest = reach.reduce((a, b) => (b.high - b.low > a.high - a.low ? b : a));
  const room = Math.max(within, widest.high - widest.low);
  const first = (widest.low + widest.high - room) / 2;
  for (const { slots, low, high } of Number.isFinite(within) ? reach : []) {
    const by = Math.max(first - low, Math.min(0, first + room - high));
    for (const slot of slots) slot.at += by;
  }
  const least = Math.min(...layers.flat().map(({ at, cross }) => at - cross / 2));
  for (const slot of layers.flat()) slot.at -= least;
}

/** Slots at their wishes, in their order; those that would overlap share the difference. */
function settle(slots: Slot[], wishes: number[], gap: number): void {
  type Block = { slots: Slot[]; offsets: number[]; start: number; wish: number };
  const blocks: Block[] = [];
  for (const [index, slot] of slots.entries()) {
    let block: Block = { slots: [slot], offsets: [0], start: wishes[index] ?? 0, wish: wishes[index] ?? 0 };
    for (let last = blocks.at(-1); last; last = blocks.at(-1)) {
      const [end, begin] = [last.slots.at(-1), block.slots[0]];
      if (!end || !begin) break;
      const distance = (end.cross + begin.cross) / 2 + gap;
      const shift = (last.offsets.at(-1) ?? 0) + distance;
      if (last.start + shift <= block.start) break;
      const offsets = [...last.offsets, ...block.offsets.map((offset) => offset + shift)];
      const wish = last.wish * last.slots.length + (block.wish - shift) * block.slots.length;
      const joined = [...last.slots, ...block.slots];
      block = { slots: joined, offsets, start: wish / joined.length, wish: wish / joined.length };
      blocks.pop();
    }
    blocks.push(block);
  }
  for (const { slots: own, offsets, start } of blocks) {
    for (const [index, slot] of own.entries()) slot.at = start + (offsets[index] ?? 0);
  }
}
