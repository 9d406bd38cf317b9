/** The smallest picture of a file: its own, a film's poster or a document's first page. */
export const smallestPicture = <T extends { name: string }>(renditions: readonly T[] = []): T | undefined =>
  ["thumb.webp", "poster.webp", "page-1.webp"]
    .map((name) => renditions.find((one) => one.name === name))
    .find((one) => one !== undefined);
