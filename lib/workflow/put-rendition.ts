import { open } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { currentMeter } from "#lib/metering/meter.ts";
import { PART_BYTES, type VideoRenditionName } from "./task.schema.ts";
import type { TaskClient } from "./task-client.ts";
import { StorageRefused } from "./workflow.errors.ts";

type Made = { name: VideoRenditionName; type: string; bytes: number; path: string };

const PAUSES_MS = [500, 2000, 8000];

/** Uploads a rendition from a local file, by signed URLs; replaces an existing one. */
export async function putRendition(
  { call }: Pick<TaskClient, "call">,
  ordinal: number,
  { name, type, bytes, path }: Made,
  onPart: () => void = () => {},
): Promise<void> {
  const of = { ordinal, name, bytes };
  const handle = await open(path);
  try {
    const part = async (start: number): Promise<Uint8Array<ArrayBuffer>> => {
      const buffer = new Uint8Array(Math.min(PART_BYTES, bytes - start));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
      if (bytesRead !== buffer.length) throw new Error(`${name} is shorter than it was.`);
      return buffer;
    };
    const begun = await call({ do: "put", ...of });
    if ("url" in begun) {
      await put("PutObject", begun.url, await part(0), { "content-type": type });
      return;
    }
    const { uploadId } = begun;
    const etags: string[] = [];
    while (etags.length * PART_BYTES < bytes) {
      const { urls } = await call({ do: "sign", ...of, uploadId, from: etags.length + 1 });
      for (const url of urls) {
        etags.push(await put("UploadPart", url, await part(etags.length * PART_BYTES)));
        onPart();
      }
    }
    await call({ do: "complete", ...of, uploadId, etags });
  } finally {
    await handle.close();
  }
}

/** Returns the ETag. Its errors never contain the URL. */
async function put(
  operation: "PutObject" | "UploadPart",
  url: string,
  body: Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<string> {
  for (let tries = 0; ; tries++) {
    currentMeter()?.count("s3", operation, { requests: 1 });
    const response = await fetch(url, { method: "PUT", body, headers, redirect: "error" }).catch(() => undefined);
    await response?.arrayBuffer().catch(() => undefined);
    if (response?.ok) return response.headers.get("etag") ?? "";
    const pause = PAUSES_MS[tries];
    if (pause === undefined || response?.status === 403) throw new StorageRefused(response?.status);
    await delay(pause);
  }
}
