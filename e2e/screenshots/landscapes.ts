import sharp from "sharp";

/** Numbers between 0 and 1 that are the same for the same seed. */
function seeded(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const SKIES = [
  ["#f6c88f", "#e27d60"],
  ["#a8d0e6", "#f7e9c8"],
  ["#22326b", "#d98a6a"],
  ["#cfe8ef", "#8fb8de"],
] as const;

/** A landscape as a photograph stands for one: sky, sun and hills, each seed another. As a JPEG. */
export async function landscape(seed: number, width = 1600, height = 1067): Promise<Buffer> {
  const draw = seeded(seed * 7919);
  const [top, bottom] = SKIES[seed % SKIES.length] ?? SKIES[0];
  const hills = Array.from({ length: 4 }, (_, layer) => {
    const base = height * (0.5 + layer * 0.12);
    const points = Array.from({ length: 9 }, (_, index) => {
      const y = base - draw() * height * 0.16;
      return `${(index * width) / 8},${y.toFixed(0)}`;
    });
    const shade = 110 - layer * 26;
    return `<polygon points="0,${height} ${points.join(" ")} ${width},${height}" fill="rgb(${shade - 20},${shade + 12},${shade})"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs><linearGradient id="s" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${top}"/><stop offset="1" stop-color="${bottom}"/></linearGradient></defs><rect width="100%" height="100%" fill="url(#s)"/><circle cx="${(0.2 + draw() * 0.6) * width}" cy="${height * 0.36}" r="${height * 0.07}" fill="#fff3d6"/>${hills.join("")}</svg>`;
  return sharp(Buffer.from(svg)).jpeg({ quality: 86 }).toBuffer();
}
