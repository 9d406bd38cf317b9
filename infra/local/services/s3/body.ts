/**
 * Receives a request's body once, in constant memory: decodes it, computes its hashes, writes it to a sink, and refuses
 * it as S3 does when it is not what was signed or announced.
 */
import { AwsChunkedDecoder } from "./aws-chunked.ts";
import {
  CHECKSUM_ALGORITHMS,
  type ChecksumAlgorithm,
  checksumHeader,
  createChecksum,
  createDigest,
  findAlgorithm,
  isChecksumValue,
  type StreamingHash,
} from "./checksums.ts";
import { S3Error } from "./errors.ts";
import { header, type S3Request } from "./request.ts";

/**
 * Takes bytes in order. `write` returns false when the caller must wait; `finish` resolves when all bytes are stored.
 */
export interface Sink {
  write(chunk: Buffer): boolean;
  /** Called once after each false of `write`, also when writing failed. */
  onDrain(resume: () => void): void;
  finish(): Promise<void>;
}

export type Received = {
  size: number;
  md5: Buffer;
  checksum: { algorithm: ChecksumAlgorithm; value: string } | undefined;
};

type PromisedChecksum = { algorithm: ChecksumAlgorithm; value: string | undefined; inTrailer: boolean };

const IDLE_MS = 60_000;
const SHA256_HEX = /^[0-9a-f]{64}$/;
const STREAMING = new Set([
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
  "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
]);

/** The body's length after decoding, from the headers. Throws MissingContentLength. */
export function declaredLength(request: S3Request): number {
  const isChunked = STREAMING.has(request.auth.payloadHash);
  const value = isChunked ? header(request, "x-amz-decoded-content-length") : request.raw.headers["content-length"];
  if (value === undefined || !/^\d{1,15}$/.test(value)) throw new S3Error("MissingContentLength");
  return Number(value);
}

/** The additional checksum that the request comes with. Throws InvalidRequest when it names several or a malformed one. */
export function promisedChecksum(request: S3Request): PromisedChecksum | undefined {
  const given = CHECKSUM_ALGORITHMS.flatMap((algorithm) => {
    const value = header(request, checksumHeader(algorithm));
    return value === undefined ? [] : [{ algorithm, value, inTrailer: false }];
  });
  const trailer = header(request, "x-amz-trailer")?.trim().toLowerCase();
  const announced: PromisedChecksum[] = CHECKSUM_ALGORITHMS.filter(
    (algorithm) => checksumHeader(algorithm) === trailer,
  ).map((algorithm) => ({ algorithm, value: undefined, inTrailer: true }));
  if (trailer !== undefined && announced.length === 0) {
    throw new S3Error("InvalidRequest", "The value specified in the x-amz-trailer header is not supported");
  }
  const all = [...given, ...announced];
  if (all.length > 1) {
    throw new S3Error(
      "InvalidRequest",
      "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
    );
  }
  const [promised] = all;
  if (promised?.value !== undefined && !isChecksumValue(promised.algorithm, promised.value)) {
    throw new S3Error("InvalidRequest", `Value for ${checksumHeader(promised.algorithm)} header is invalid.`);
  }
  const named = header(request, "x-amz-sdk-checksum-algorithm");
  if (named !== undefined && findAlgorithm(named) === undefined) {
    throw new S3Error(
      "InvalidRequest",
      "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
    );
  }
  if (named !== undefined && promised && findAlgorithm(named) !== promised.algorithm) {
    throw new S3Error("InvalidRequest", "Value for x-amz-sdk-checksum-algorithm header is invalid.");
  }
  return promised;
}

/** Computes MD5 and the requested checksum of the bytes that pass through. */
export class BodyHashes {
  readonly algorithm: ChecksumAlgorithm | undefined;
  readonly #md5 = createDigest("md5");
  readonly #checksum: StreamingHash | undefined;
  size = 0;

  private constructor(algorithm: ChecksumAlgorithm | undefined, checksum: StreamingHash | undefined) {
    this.algorithm = algorithm;
    this.#checksum = checksum;
  }

  static async create(algorithm: ChecksumAlgorithm | undefined): Promise<BodyHashes> {
    return new BodyHashes(algorithm, algorithm && (await createChecksum(algorithm)));
  }

  update(chunk: Buffer): void {
    this.size += chunk.length;
    this.#md5.update(chunk);
    this.#checksum?.update(chunk);
  }

  digest(): Received {
    const value = this.#checksum?.digest().toString("base64");
    const checksum =
      this.algorithm !== undefined && value !== undefined ? { algorithm: this.algorithm, value } : undefined;
    return { size: this.size, md5: this.#md5.digest(), checksum };
  }

  discard(): void {
    this.#checksum?.discard();
  }
}

/**
 * Reads the whole body into the sink and resolves when it is stored and verified. `algorithm` asks for a checksum that
 * the client did not send. `promised` null says that the checksum headers are not about this body. Throws S3Error:
 * BadDigest, IncompleteBody, InvalidDigest, XAmzContentSHA256Mismatch, …
 */
export async function receiveBody(
  request: S3Request,
  sink: Sink,
  algorithm?: ChecksumAlgorithm,
  promised: PromisedChecksum | null = promisedChecksum(request) ?? null,
): Promise<Received> {
  const { payloadHash } = request.auth;
  const length = declaredLength(request);
  const contentMd5 = parseContentMd5(header(request, "content-md5"));
  const isStreaming = STREAMING.has(payloadHash);
  if (!isStreaming && payloadHash !== "UNSIGNED-PAYLOAD" && !SHA256_HEX.test(payloadHash)) {
    throw new S3Error(
      "InvalidArgument",
      "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
    );
  }
  if (promised?.inTrailer && !payloadHash.endsWith("-TRAILER")) {
    throw new S3Error("InvalidRequest", "A trailer needs a streaming x-amz-content-sha256 with -TRAILER");
  }
  const decoder = isStreaming ? new AwsChunkedDecoder(request.auth) : undefined;
  const sha256 = SHA256_HEX.test(payloadHash) ? createDigest("sha256") : undefined;
  const hashes = await BodyHashes.create(promised?.algorithm ?? algorithm);
  try {
    const take = (data: Buffer): boolean => {
      hashes.update(data);
      sha256?.update(data);
      if (hashes.size > length)
        throw new S3Error("IncompleteBody", "The body is longer than x-amz-decoded-content-length says");
      return sink.write(data);
    };
    await readBody(request, sink, (chunk) => {
      if (!decoder) return take(chunk);
      let more = true;
      decoder.push(chunk, (data) => {
        more = take(data) && more;
      });
      return more;
    });
    if (hashes.size !== length || decoder?.done === false) throw new S3Error("IncompleteBody");
    if (sha256 && sha256.digest().toString("hex") !== payloadHash) throw new S3Error("XAmzContentSHA256Mismatch");
    const received = hashes.digest();
    if (contentMd5 && !contentMd5.equals(received.md5)) {
      throw new S3Error("BadDigest", "The Content-MD5 you specified did not match what we received.");
    }
    if (promised) checkPromise(promised, received, decoder);
    await sink.finish();
    return received;
  } finally {
    hashes.discard();
  }
}

/** Reads a small body, such as XML, into memory, with the same verification. */
export async function receiveText(
  request: S3Request,
  options: { maxBytes: number; mustHaveDigest?: boolean; checksumIsOfObject?: boolean },
): Promise<string> {
  const length = declaredLength(request);
  if (length > options.maxBytes) throw new S3Error("MaxMessageLengthExceeded");
  if (options.mustHaveDigest && header(request, "content-md5") === undefined && !promisedChecksum(request)) {
    throw new S3Error("InvalidRequest", "Missing required header for this request: Content-MD5");
  }
  const chunks: Buffer[] = [];
  const memory: Sink = {
    write: (chunk) => chunks.push(chunk) > 0,
    onDrain: (resume) => resume(),
    finish: () => Promise.resolve(),
  };
  await (options.checksumIsOfObject ? receiveBody(request, memory, undefined, null) : receiveBody(request, memory));
  return Buffer.concat(chunks).toString("utf8");
}

function checkPromise(promised: PromisedChecksum, received: Received, decoder: AwsChunkedDecoder | undefined): void {
  const name = checksumHeader(promised.algorithm);
  const value = promised.inTrailer ? decoder?.trailer.get(name) : promised.value;
  if (value === undefined) throw new S3Error("MalformedTrailerError");
  if (!isChecksumValue(promised.algorithm, value))
    throw new S3Error("InvalidRequest", `Value for ${name} trailing header is invalid.`);
  if (value !== received.checksum?.value) {
    throw new S3Error("BadDigest", `The ${promised.algorithm} you specified did not match the calculated checksum.`);
  }
}

function parseContentMd5(value: string | undefined): Buffer | undefined {
  if (value === undefined) return undefined;
  const digest = Buffer.from(value, "base64");
  if (digest.length !== 16 || digest.toString("base64") !== value.trim()) throw new S3Error("InvalidDigest");
  return digest;
}

/** Resolves at the end of the body. `consume` returns false when the reader must wait, and may throw. */
function readBody(request: S3Request, sink: Sink, consume: (chunk: Buffer) => boolean): Promise<void> {
  const { raw, response } = request;
  if (request.awaitsContinue) {
    request.awaitsContinue = false;
    response.writeContinue();
  }
  return new Promise((resolve, reject) => {
    if (raw.destroyed) return reject(new S3Error("IncompleteBody"));
    const end = (settle: () => void): void => {
      raw.off("data", onData).off("end", onEnd).off("close", onClose).off("error", onClose);
      raw.setTimeout(0);
      raw.pause();
      settle();
    };
    const onData = (chunk: Buffer): void => {
      request.bytesIn += chunk.length;
      try {
        if (consume(chunk)) return;
        raw.pause();
        sink.onDrain(() => raw.resume());
      } catch (error) {
        end(() => reject(error));
      }
    };
    const onEnd = (): void => end(resolve);
    const onClose = (): void => end(() => reject(new S3Error("IncompleteBody")));
    raw.on("data", onData).on("end", onEnd).on("close", onClose).on("error", onClose);
    raw.setTimeout(IDLE_MS, () =>
      end(() => reject(new S3Error("RequestTimeout", undefined, { headers: { connection: "close" } }))),
    );
  });
}
