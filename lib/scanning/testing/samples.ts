import { gzipSync } from "node:zlib";
import { downloadZip } from "client-zip";
import { pack } from "tar-stream";

/** The test virus of EICAR, harmless. In two halves, so that no scanner takes this file for it. */
export const EICAR = Buffer.from(
  ["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR", "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"].join(""),
  "latin1",
);

/** The signature file that this repository has for machines without any. */
export const TEST_SIGNATURES = new URL("../../../infra/tasks/scan/test.ndb", import.meta.url).pathname;

export async function zip(files: Record<string, Uint8Array>): Promise<Buffer> {
  const input = Object.entries(files).map(([name, bytes]) => ({ name, input: new Uint8Array(bytes) }));
  return Buffer.from(await downloadZip(input).arrayBuffer());
}

export async function tgz(files: Record<string, Uint8Array>): Promise<Buffer> {
  const tar = pack();
  for (const [name, bytes] of Object.entries(files)) tar.entry({ name }, Buffer.from(bytes));
  tar.finalize();
  const blocks: Buffer[] = [];
  for await (const block of tar) blocks.push(block as Buffer);
  return gzipSync(Buffer.concat(blocks));
}

/** A zip in a zip in a zip …, `depth` of them. */
export async function nestedZip(depth: number, inner: Uint8Array): Promise<Buffer> {
  let bytes: Buffer = Buffer.from(inner);
  for (let level = 0; level < depth; level++) bytes = await zip({ [`${level}.zip`]: bytes });
  return bytes;
}
