import { type Picked, pickFromDataTransfer, pickFromFileList } from "../drop.ts";
import { createUploadEngine, type UploadEngine } from "../engine.ts";
import { crcOfBlob } from "../hash-blob.ts";

/** The functions that the test calls in the page. */
export type TestPage = {
  seededFile(path: string, length: number): { path: string; blob: Blob };
  /**
   * CRC64NVME of the picked file, as a decimal number, computed in the page's main thread while garbage is collected
   * all the time.
   */
  hashUnderCollection(): Promise<string>;
  pickFromInput(id: string): Picked;
  /** An engine on a platform that reads changed files without reporting it. */
  silentEngine(): UploadEngine;
  pickFromDataTransfer(data: DataTransfer): Promise<Picked>;
  dropped: Promise<Picked>;
};

declare global {
  interface Window {
    page: TestPage;
    engine: UploadEngine;
    /** V8's `gc`, available with the flag `--expose-gc`. */
    gc(): void;
  }
}

/** Bytes made by a formula, so that the test can make the same ones. */
function seededFile(path: string, length: number): { path: string; blob: Blob } {
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let index = 0; index < words.length; index++) words[index] = Math.imul(index + 1, 2654435761);
  return { path, blob: new Blob([new Uint8Array(words.buffer, 0, length)]) };
}

async function hashUnderCollection(): Promise<string> {
  const timer = setInterval(() => window.gc(), 1);
  try {
    const [file] = pickFromFileList(document.querySelector<HTMLInputElement>("#file")?.files ?? []).files;
    return String(await crcOfBlob(file?.blob ?? new Blob()));
  } finally {
    clearInterval(timer);
  }
}

const dropped = new Promise<Picked>((resolve) => {
  const area = document.querySelector("#drop");
  for (const name of ["dragenter", "dragover"]) area?.addEventListener(name, (event) => event.preventDefault());
  area?.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event instanceof DragEvent && event.dataTransfer) resolve(pickFromDataTransfer(event.dataTransfer));
  });
});

window.engine = createUploadEngine();
window.page = {
  seededFile,
  hashUnderCollection,
  silentEngine: () => createUploadEngine({ changesAreSilent: true }),
  pickFromInput: (id) => pickFromFileList(document.querySelector<HTMLInputElement>(`#${id}`)?.files ?? []),
  pickFromDataTransfer,
  dropped,
};
