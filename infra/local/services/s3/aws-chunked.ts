/**
 * The aws-chunked content encoding ("Signature calculations … transferring payload in multiple chunks" in the S3 API
 * reference): decodes chunks as they stream, checks their signatures where they have some, and hands over the trailer.
 */
import { createHash, type Hash } from "node:crypto";
import type { SigV4Verified } from "../../core/sigv4.ts";
import { S3Error } from "./errors.ts";

const EMPTY_SHA256 = createHash("sha256").update("").digest("hex");
const MAX_LINE = 16 * 1024;

type State = "size" | "data" | "dataEnd" | "trailer" | "done";

export class AwsChunkedDecoder {
  readonly trailer = new Map<string, string>();
  readonly #auth: SigV4Verified;
  readonly #signed: boolean;
  readonly #hasTrailer: boolean;
  #state: State = "size";
  #line = "";
  #left = 0;
  #signature = "";
  #previous: string;
  #hash: Hash | undefined;
  #last = false;
  #trailerText = "";

  constructor(auth: SigV4Verified) {
    this.#auth = auth;
    this.#signed = auth.payloadHash.startsWith("STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
    this.#hasTrailer = auth.payloadHash.endsWith("-TRAILER");
    this.#previous = auth.signature;
  }

  /** Whether the last chunk and the trailer have been read. */
  get done(): boolean {
    return this.#state === "done";
  }

  /** Emits slices of the input, without copying. Throws S3Error. */
  push(input: Buffer, emit: (data: Buffer) => void): void {
    let at = 0;
    while (at < input.length) {
      if (this.#state === "data") {
        const slice = input.subarray(at, at + this.#left);
        at += slice.length;
        this.#left -= slice.length;
        this.#hash?.update(slice);
        emit(slice);
        if (this.#left === 0) this.#state = "dataEnd";
        continue;
      }
      const end = input.indexOf(10, at);
      const upTo = end < 0 ? input.length : end;
      this.#line += input.toString("latin1", at, upTo);
      at = upTo + 1;
      if (this.#line.length > MAX_LINE) throw malformed();
      if (end < 0) return;
      const line = this.#line;
      this.#line = "";
      this.#readLine(line.endsWith("\r") ? line.slice(0, -1) : line);
    }
  }

  #readLine(line: string): void {
    if (this.#state === "size") this.#readSize(line);
    else if (this.#state === "dataEnd") this.#endChunk(line);
    else if (this.#state === "trailer") this.#readTrailer(line);
    else if (line !== "") throw malformed();
  }

  #readSize(line: string): void {
    const match = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line.trim());
    if (!match?.[1] || (this.#signed && !match[2])) throw malformed();
    this.#left = Number.parseInt(match[1], 16);
    this.#signature = match[2] ?? "";
    this.#hash = this.#signed ? createHash("sha256") : undefined;
    this.#last = this.#left === 0;
    if (!this.#last) {
      this.#state = "data";
      return;
    }
    this.#checkChunk();
    this.#state = this.#hasTrailer ? "trailer" : "done";
  }

  #endChunk(line: string): void {
    if (line !== "") throw malformed();
    this.#checkChunk();
    this.#state = "size";
  }

  #checkChunk(): void {
    if (!this.#hash) return;
    const { timestamp, scope } = this.#auth;
    const text = [
      "AWS4-HMAC-SHA256-PAYLOAD",
      timestamp,
      scope,
      this.#previous,
      EMPTY_SHA256,
      this.#hash.digest("hex"),
    ].join("\n");
    if (this.#auth.sign(text) !== this.#signature) throw new S3Error("SignatureDoesNotMatch");
    this.#previous = this.#signature;
  }

  #readTrailer(line: string): void {
    if (line === "") {
      if (this.#signed) this.#checkTrailer();
      this.#state = "done";
      return;
    }
    const at = line.indexOf(":");
    if (at < 1) throw new S3Error("MalformedTrailerError");
    const [name, value] = [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()];
    this.trailer.set(name, value);
    if (name !== "x-amz-trailer-signature") this.#trailerText += `${name}:${value}\n`;
  }

  #checkTrailer(): void {
    const { timestamp, scope } = this.#auth;
    const hash = createHash("sha256").update(this.#trailerText, "latin1").digest("hex");
    const text = ["AWS4-HMAC-SHA256-TRAILER", timestamp, scope, this.#previous, hash].join("\n");
    if (this.#auth.sign(text) !== this.trailer.get("x-amz-trailer-signature"))
      throw new S3Error("SignatureDoesNotMatch");
  }
}

const malformed = (): S3Error =>
  new S3Error("IncompleteBody", "The request body is not a well-formed aws-chunked stream.");
