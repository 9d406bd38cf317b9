import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from "node:crypto";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { NotSignedIn } from "#lib/kernel/errors.ts";
import { randomToken } from "#lib/kernel/id.ts";
import { CallUnderWay, IdempotencyKeyReused } from "./api-key.errors.ts";
import { abandonCall, beginCall, findCall, keepAnswer } from "./kept-answer.store.ts";

/** Characters of an answer that are kept at most: a row has at most 400 KB. */
const MAX_KEPT = 250_000;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

type Answer = { status: number; body: string };
export type CallToAnswer = {
  /** As the client has named the call. */
  idempotencyKey: string;
  /** The key of the program interface: what is kept is encrypted with it. */
  secret: string;
  /** What makes the call another one: method, path and body. */
  request: string[];
};

/**
 * Answers a call once: of calls with the same idempotency key, within a day and by the same key of the program interface,
 * only one runs `work`, and the others get its answer. Throws IdempotencyKeyReused for another request, CallUnderWay while
 * the first is being answered. What `work` throws is not kept: the call may be repeated then.
 */
export async function answerOnce(
  ctx: Ctx,
  { idempotencyKey, secret, request }: CallToAnswer,
  work: () => Promise<Answer>,
): Promise<Answer & { repeated: boolean }> {
  const { actor, clock } = ctx;
  if (actor.kind !== "member" || !actor.key) throw new NotSignedIn();
  const key = { workspaceId: actor.workspaceId, keyId: actor.key.id, name: sha256(idempotencyKey) };
  const fingerprint = sha256(JSON.stringify(request));
  const token = randomToken();
  const cipherKey = createHmac("sha256", secret).update(`kept answer ${key.name}`).digest();
  const now = clock.now();
  if (!(await beginCall(key, { fingerprint, token, now }))) {
    const kept = await findCall(key, now);
    if (kept && kept.fingerprint !== fingerprint) throw new IdempotencyKeyReused();
    if (!kept?.answer || kept.status === undefined) throw new CallUnderWay();
    return { status: kept.status, body: decrypt(kept.answer, cipherKey), repeated: true };
  }
  try {
    const answer = await work();
    if (answer.body.length > MAX_KEPT) await abandonCall(key, token);
    else await keepAnswer(key, token, { status: answer.status, answer: encrypt(answer.body, cipherKey) });
    return { ...answer, repeated: false };
  } catch (error) {
    await abandonCall(key, token);
    throw error;
  }
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("base64url");

function encrypt(text: string, key: Buffer): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
}

function decrypt(text: string, key: Buffer): string {
  const bytes = Buffer.from(text, "base64url");
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const opened = [decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()];
  return Buffer.concat(opened).toString("utf8");
}
