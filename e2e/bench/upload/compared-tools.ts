import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { FileStore } from "@tus/file-store";
import { Server as TusServer } from "@tus/server";
import { build } from "esbuild";
import { crcToBase64 } from "#lib/upload-engine/crc64nvme.ts";
import { crcOfBlob } from "#lib/upload-engine/hash-blob.ts";
import { partRange, planParts } from "#lib/upload-engine/plan.ts";
import type { BarePart } from "./page.ts";

const BUCKET = "bench-compared-tools";

/** What Uppy asks to have signed, as far as it sends a file. */
type SignRequest = { method: string; key: string; uploadId?: string; partNumber?: number };

export type ComparedTools = {
  url: string;
  tusUrl: string;
  signUrl: string;
  bucket: string;
  /** Begins a multipart upload and presigns its parts, with the plan and the checksums that Dormouse has. */
  bareParts(blob: Blob): Promise<{ parts: BarePart[]; finish(): Promise<void> }>;
  /** Deletes what was stored. */
  sweep(): Promise<void>;
  close(): void;
};

/** A page with the other sides of the bench, what signs for them, a bucket of their own and a tus server. */
export async function serveComparedTools(s3: S3Client, tusFolder: string): Promise<ComparedTools> {
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await s3.send(
    new PutBucketCorsCommand({
      Bucket: BUCKET,
      CORSConfiguration: {
        CORSRules: [
          {
            AllowedOrigins: ["*"],
            AllowedMethods: ["PUT", "POST", "GET", "DELETE"],
            AllowedHeaders: ["*"],
            ExposeHeaders: ["ETag", "Location"],
          },
        ],
      },
    }),
  );
  const { outputFiles } = await build({
    entryPoints: [resolve(import.meta.dirname, "page.ts")],
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
  });
  const script = outputFiles[0]?.text ?? "";
  const tus = new TusServer({ path: "/tus", datastore: new FileStore({ directory: tusFolder }) });
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/tus")) return void tus.handle(request, response);
    if (request.url === "/sign") return void sign(s3, request, response);
    const isScript = request.url === "/page.js";
    response.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html" });
    response.end(isScript ? script : '<input id="file" type="file"><script type="module" src="/page.js"></script>');
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    tusUrl: `${url}/tus`,
    signUrl: `${url}/sign`,
    bucket: BUCKET,
    bareParts: (blob) => bareParts(s3, blob),
    sweep: () => sweep(s3),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function sign(s3: S3Client, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const wanted = JSON.parse(Buffer.concat(await request.toArray()).toString()) as SignRequest;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ url: await presign(s3, wanted) }));
}

function presign(s3: S3Client, { method, key, uploadId, partNumber }: SignRequest): Promise<string> {
  const at = { Bucket: BUCKET, Key: key };
  const options = { expiresIn: 900 };
  if (uploadId === undefined) {
    return method === "POST"
      ? getSignedUrl(s3, new CreateMultipartUploadCommand(at), options)
      : getSignedUrl(s3, new PutObjectCommand(at), options);
  }
  const of = { ...at, UploadId: uploadId };
  if (method === "PUT") return getSignedUrl(s3, new UploadPartCommand({ ...of, PartNumber: partNumber ?? 0 }), options);
  if (method === "GET") return getSignedUrl(s3, new ListPartsCommand(of), options);
  if (method === "DELETE") return getSignedUrl(s3, new AbortMultipartUploadCommand(of), options);
  return getSignedUrl(s3, new CompleteMultipartUploadCommand(of), options);
}

async function bareParts(s3: S3Client, blob: Blob) {
  const at = { Bucket: BUCKET, Key: "bare" };
  const { UploadId } = await s3.send(
    new CreateMultipartUploadCommand({ ...at, ChecksumAlgorithm: "CRC64NVME", ChecksumType: "FULL_OBJECT" }),
  );
  const plan = planParts(blob.size);
  const parts: BarePart[] = [];
  for (let number = 1; number <= plan.partCount; number++) {
    const { start, end } = partRange(plan, blob.size, number);
    const crc = crcToBase64(await crcOfBlob(blob.slice(start, end)));
    const command = new UploadPartCommand({
      ...at,
      UploadId,
      PartNumber: number,
      ContentLength: end - start,
      ChecksumCRC64NVME: crc,
    });
    const header = "x-amz-checksum-crc64nvme";
    const url = await getSignedUrl(s3, command, {
      expiresIn: 900,
      unhoistableHeaders: new Set([header]),
      signableHeaders: new Set(["host", header, "content-length"]),
    });
    parts.push({ url, headers: { [header]: crc }, start, end });
  }
  return {
    parts,
    async finish() {
      await s3.send(new AbortMultipartUploadCommand({ ...at, UploadId }));
    },
  };
}

async function sweep(s3: S3Client): Promise<void> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET }));
  for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
}
