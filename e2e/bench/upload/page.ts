/** The other sides of the upload bench, as they run in a browser's page. Each resolves to milliseconds. */
import AwsS3 from "@uppy/aws-s3";
import Uppy from "@uppy/core";
import { Upload } from "tus-js-client";
import { crcOfBlob } from "#lib/upload-engine/hash-blob.ts";

export type BarePart = { url: string; headers: Record<string, string>; start: number; end: number };
export type ComparedToolsPage = {
  bare(parts: BarePart[], connections: number): Promise<number>;
  /** `signer` presigns what it is POSTed. */
  uppy(signer: string): Promise<number>;
  tus(endpoint: string, chunkSize: number): Promise<number>;
  /** The checksum of the picked file, by the code that the engine's worker runs, in one thread. */
  hash(): Promise<number>;
};

declare global {
  interface Window {
    comparedTools: ComparedToolsPage;
  }
}

function picked(): File {
  const file = document.querySelector<HTMLInputElement>("#file")?.files?.[0];
  if (!file) throw new Error("No file was picked.");
  return file;
}

const put = (file: File, { url, headers, start, end }: BarePart): Promise<void> =>
  new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    xhr.onload = () => (xhr.status === 200 ? resolve() : reject(new Error(`S3 answered ${xhr.status}.`)));
    xhr.onerror = () => reject(new Error("The connection failed."));
    xhr.send(file.slice(start, end));
  });

window.comparedTools = {
  async hash() {
    const from = performance.now();
    await crcOfBlob(picked());
    return performance.now() - from;
  },

  async bare(parts, connections) {
    const file = picked();
    const from = performance.now();
    const waiting = parts.values();
    const connection = async () => {
      for (const part of waiting) await put(file, part);
    };
    await Promise.all(Array.from({ length: connections }, connection));
    return performance.now() - from;
  },

  async uppy(signer) {
    const uppy = new Uppy();
    uppy.use(AwsS3, {
      signRequest: async (request) => {
        const answer = await fetch(signer, { method: "POST", body: JSON.stringify(request) });
        return await answer.json();
      },
    });
    const file = picked();
    uppy.addFile({ name: file.name, data: file });
    const from = performance.now();
    const result = await uppy.upload();
    if (result?.successful?.length !== 1) throw new Error(`Uppy failed: ${JSON.stringify(result?.failed?.[0]?.error)}`);
    return performance.now() - from;
  },

  tus: (endpoint, chunkSize) =>
    new Promise((resolve, reject) => {
      const from = performance.now();
      const upload = new Upload(picked(), {
        endpoint,
        chunkSize,
        storeFingerprintForResuming: false,
        onError: reject,
        onSuccess: () => resolve(performance.now() - from),
      });
      upload.start();
    }),
};
