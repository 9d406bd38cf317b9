/**
 * Stands in for Pulumi's program in a rehearsal: keeps a stack as a file where SST looks for it, with the outputs that our
 * config returns and nothing else, and notes in REHEARSAL_NOTES what it was asked and told. SST sees a deployment that went
 * well, or a removal that left nothing.
 */
import { createCipheriv, createHash, pbkdf2Sync, randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

process.once("uncaughtException", (error) => {
  // SST shows the first line alone.
  console.error(`error: the stand-in for Pulumi failed: ${error.message}`);
  process.exit(1);
});
const words = process.argv.slice(2);
const { env } = process;
const [word = ""] = words;

if (word === "version") {
  console.log(env.REHEARSAL_PULUMI);
} else {
  const stack = words.find((one) => one.startsWith("organization/")) ?? "";
  const [, app = "", stage = ""] = stack.split("/");
  const state = join(env.PULUMI_BACKEND_URL.slice("file://".length), ".pulumi", "stacks", app, `${stage}.json`);
  const secret = env.SST_SECRET_LinkKeys ?? "";
  const note = {
    word: words[0] === "stack" ? "stack init" : word,
    stage,
    secret: secret && createHash("sha256").update(secret).digest("hex"),
    passphrase: Boolean(env.PULUMI_CONFIG_PASSPHRASE),
    key: env.SST_AWS_ACCESS_KEY_ID ?? "",
  };
  appendFileSync(env.REHEARSAL_NOTES, `${JSON.stringify(note)}\n`);
  const type = "pulumi:pulumi:Stack";
  const urn = `urn:pulumi:${stage}::${app}::${type}::${app}-${stage}`;
  const outputs = { stage, url: `https://${stage}.rehearsal.example/` };
  const resources = word === "up" ? [{ urn, custom: false, type, outputs }] : [];
  mkdirSync(dirname(state), { recursive: true });
  writeFileSync(state, JSON.stringify(checkpoint(stack, resources)));
  const log = words[words.indexOf("--event-log") + 1];
  if (log && word !== "stack")
    appendFileSync(log, `${JSON.stringify({ sequence: 0, timestamp: 0, summaryEvent: summary() })}\n`);
}

function checkpoint(stack, resources) {
  const time = new Date().toISOString();
  const manifest = { time, magic: "", version: env.REHEARSAL_PULUMI };
  const secrets_providers = { type: "passphrase", state: { salt: salted(env.PULUMI_CONFIG_PASSPHRASE ?? "") } };
  return { version: 3, checkpoint: { stack, latest: { manifest, secrets_providers, resources } } };
}

/** How a stack tells that a passphrase is its own: a known word, encrypted with a key made of it. */
function salted(passphrase) {
  const salt = randomBytes(8);
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", pbkdf2Sync(passphrase, salt, 1_000_000, 32, "sha256"), nonce);
  const sealed = Buffer.concat([cipher.update("pulumi"), cipher.final(), cipher.getAuthTag()]);
  return `v1:${salt.toString("base64")}:v1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
}

function summary() {
  return { maybeCorrupt: false, durationSeconds: 1, resourceChanges: {}, policyPacks: {} };
}
