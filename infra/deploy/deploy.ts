/**
 * `npm run deploy -- --stage NAME`: everything in the account that the shell's credentials belong to. Looks first
 * whether it can work, and prints, the first time, the link that signs the owner in; `--sign-in` prints a fresh one.
 * `--rotate-keys PURPOSE` adds a new key for that purpose; the old ones still work. `--withdraw-keys PURPOSE` removes these.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { mintSignInToken } from "#lib/auth/sign-in-token.ts";
import { findPurpose, type Keys, makeKey, PURPOSES, type Purpose, rotated, withdrawn } from "#lib/kernel/keys.ts";
import { taskList } from "../function-list.ts";
import { CommandError } from "../local/core/command-error.ts";
import { tryLock } from "../local/core/lock.ts";
import { bundleTask, type TaskName } from "../tasks/bundle.ts";
import { askAccount, findCaller } from "./account.ts";
import { planFor } from "./plan.ts";
import { checkDocker, checkSettings, checkStage } from "./preflight.ts";
import { readStageKeys, sst, writeStageKeys } from "./sst.ts";

/** npm runs its scripts in the project's own folder. */
const PROJECT = process.cwd();

const { values } = parseArgs({
  options: {
    stage: { type: "string" },
    "sign-in": { type: "boolean", default: false },
    "rotate-keys": { type: "string" },
    "withdraw-keys": { type: "string" },
  },
});
const stage = checkStage(values.stage);
const settings = checkSettings();
const changes = readChanges();
const caller = await findCaller();
const { region } = caller;
const facts = await askAccount(caller, { stage, mail: settings.mailFrom !== undefined });
const chosen = Boolean(process.env["DORMOUSE_MAX_INSTANCES"]);
const plan = values["sign-in"] ? undefined : planFor(facts, settings, { chosen });
if (plan) checkDocker();

const rememberedFile = join(PROJECT, ".sst", `site-${stage}.json`);
const lock = tryLock(join(PROJECT, ".sst", `deploy-${stage}.lock`));
if (!lock) throw new CommandError(`A deployment of ${stage} is running already on this machine.`);
try {
  if (!existsSync(join(PROJECT, ".sst", "platform")))
    console.log("Fetching SST's components and Pulumi: about two minutes, the first time only …");
  const kept = await readStageKeys(PROJECT, stage);
  const first = Object.keys(kept).length === 0;
  if (first && (values["sign-in"] || changes.length > 0)) throw new CommandError(`${stage} has not been deployed yet.`);
  const keys = changes.reduce((all, change) => change(all), complete(kept));
  if (!values["sign-in"]) {
    if (changes.length > 0 || Object.keys(kept).length < PURPOSES.length) await writeStageKeys(PROJECT, stage, keys);
    for (const note of plan?.notes ?? []) console.log(`Note: ${note}`);
    await bundleContainers();
    console.log(`Deploying ${stage} to ${region} …`);
    await sst(PROJECT, stage, ["deploy"], { settings: plan?.settings ?? {} });
  }
  const url = values["sign-in"] ? rememberedUrl() : deployedUrl();
  console.log(`Dormouse is at ${url}`);
  if (first || values["sign-in"]) {
    console.log(
      `Sign in once as the owner: ${url}/welcome/${mintSignInToken({ keys: keys["sign-in"], now: new Date() })}`,
    );
  } else {
    console.log(`Signed out? npm run deploy -- --stage ${stage} --sign-in`);
  }
} finally {
  lock.release();
}

/** With a key at random for each purpose that has none yet. */
function complete(kept: Partial<Record<Purpose, Keys>>): Record<Purpose, Keys> {
  const of = (purpose: Purpose): Keys => kept[purpose] ?? [makeKey()];
  return { links: of("links"), grants: of("grants"), "sign-in": of("sign-in") };
}

/** What is to happen to the keys before they are deployed. */
function readChanges(): ((keys: Record<Purpose, Keys>) => Record<Purpose, Keys>)[] {
  const change = (word: string | undefined, how: (keys: Keys) => Keys) => {
    if (word === undefined) return [];
    const purpose = findPurpose(word);
    if (!purpose) throw new CommandError(`There are keys for ${PURPOSES.join(", ")}, and none for "${word}".`);
    return [(keys: Record<Purpose, Keys>) => ({ ...keys, [purpose]: how(keys[purpose]) })];
  };
  return [...change(values["rotate-keys"], rotated), ...change(values["withdraw-keys"], withdrawn)];
}

/** Puts the containers' programs where their images are built from. */
async function bundleContainers(): Promise<void> {
  for (const name of Object.keys(taskList) as TaskName[]) {
    if (existsSync(join(PROJECT, taskList[name].entry))) await bundleTask(PROJECT, name);
  }
}

type Outputs = { stage?: string; url?: string };

/** What the config returned. SST keeps that of the stage that was deployed last, whichever it was; it is kept by stage. */
function deployedUrl(): string {
  const file = join(PROJECT, ".sst", "outputs.json");
  const outputs = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Outputs) : {};
  if (outputs.stage !== stage || !outputs.url) {
    throw new CommandError(
      `${stage} is deployed, but another stage's deployment from this folder ended at the same time: deploy it again to be told its address.`,
    );
  }
  const url = outputs.url.replace(/\/$/, "");
  writeFileSync(rememberedFile, JSON.stringify({ url }));
  return url;
}

function rememberedUrl(): string {
  const { url } = existsSync(rememberedFile) ? (JSON.parse(readFileSync(rememberedFile, "utf8")) as Outputs) : {};
  if (!url) throw new CommandError(`Where ${stage} is reached is not known here: deploy it once from this folder.`);
  return url;
}
