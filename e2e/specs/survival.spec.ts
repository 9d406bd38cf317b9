/** Whatever is killed in the middle of a run, every transfer comes to its end by itself, and nothing opens unchecked. */
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { type FileRow, getFileRow } from "#lib/files/file.store.ts";
import { sampleEicar, sampleJpeg, sampleText, sampleZip } from "#lib/inspection/testing/samples.ts";
import { seededBytes, sendFile } from "#lib/testing/send.ts";
import type { TestWorkspace } from "#lib/testing/workspace.ts";
import { createTransfer } from "#lib/transfers/create-transfer.ts";
import { getTransfer } from "#lib/transfers/get-transfer.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { seeded } from "#lib/upload-engine/testing/seeded.ts";
import { type Dormouse, expect, familyOf, restartDormouse, test } from "../fixtures.ts";

const SEED = 20;
/** After a transfer was sealed, in milliseconds. */
const WITHIN = 4000;
/** What ended without a word is started again by the next try of its event; here that is not a minute away. */
const IMPATIENT = { DORMOUSE_ASYNC_RETRY_SECONDS: "1" };

type Process = { command: string; function: string | undefined };
type Victim = { name: string; is: (process: Process) => boolean };

const functions = (...names: string[]): Victim => ({
  name: names.join(", "),
  is: (process) => process.function !== undefined && names.includes(process.function),
});
const program = (name: string, words: string): Victim => ({ name, is: ({ command }) => command.includes(words) });

/** The container of a scan first: that it has died shows by its silence alone, after two minutes. */
const VICTIMS: Victim[] = [
  { name: "router", is: () => false },
  program("scan", "entrypoints/tasks/scan.ts"),
  program("DynamoDB", "dynoxide"),
  functions("check"),
  functions("pictures", "archives", "documents"),
  program("S3", "s3/engine"),
  functions("publish"),
  functions("objects", "changes"),
  functions("announce", "finish"),
  functions("web"),
];

function describeProcess(pid: number): Process | undefined {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
    const name = environment.find((line) => line.startsWith("AWS_LAMBDA_FUNCTION_NAME="))?.split("=")[1];
    return { command: readFileSync(`/proc/${pid}/cmdline`, "utf8"), function: name };
  } catch {
    // It has ended by itself.
    return undefined;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** kill -9 of all processes that are meant, with all below them; how many those were. */
function killVictim({ process: router }: Dormouse, { is }: Victim): number {
  const meant = familyOf(router.pid ?? 0).filter((pid) => {
    const found = describeProcess(pid);
    return found !== undefined && is(found);
  });
  for (const pid of meant) for (const one of familyOf(pid).reverse()) kill(one);
  return meant.length;
}

async function killRouter(dormouse: Dormouse): Promise<void> {
  const ended = new Promise((resolve) => dormouse.process.once("exit", resolve));
  dormouse.process.kill("SIGKILL");
  await ended;
  await restartDormouse(dormouse, IMPATIENT);
}

const FILES = 5;
const EICAR = 4;

async function send(workspace: TestWorkspace, round: number) {
  const owner = workspace.as("owner");
  const files = [
    await sampleJpeg(),
    sampleText(),
    sampleZip(),
    seededBytes(`${SEED}/${round}`, 300_000),
    sampleEicar(),
  ].map((bytes) => Buffer.from(bytes));
  const transfer = await createTransfer(owner, { title: `Round ${round}` });
  for (const [ordinal, bytes] of files.entries()) await sendFile(owner, transfer.id, ordinal, `file-${ordinal}`, bytes);
  await sealTransfer(owner, { transferId: transfer.id });
  return { ...transfer, files };
}

test("ten kills at random moments of runs: each transfer is delivered without a person, and nothing unchecked", async ({
  dormouse,
  workspace,
}, info) => {
  test.setTimeout(300_000);
  await restartDormouse(dormouse, IMPATIENT);
  const random = seeded(SEED);
  const owner = workspace.as("owner");
  const sent: Awaited<ReturnType<typeof send>>[] = [];
  const rows = (id: string): Promise<FileRow[]> =>
    Promise.all(
      Array.from({ length: FILES }, (_, ordinal) =>
        getFileRow({ workspaceId: workspace.id, id, nextOrdinal: FILES }, ordinal),
      ),
    );
  const unchecked: string[] = [];
  /** Looks at every file of every transfer; whoever is being killed can't answer. */
  async function watch(): Promise<void> {
    for (const { id } of sent) {
      for (const { ordinal, state, scan } of await rows(id).catch(() => []))
        if (state === "ready" && scan !== "clean") unchecked.push(`${id}/${ordinal}: ${scan ?? "not scanned"}`);
    }
  }

  for (const [round, victim] of VICTIMS.entries()) {
    sent.push(await send(workspace, round));
    // Someone looks on, so that there is a web function to kill.
    await fetch(`${dormouse.url}/welcome/guessed`);
    const moment = Math.round(random() * WITHIN);
    await delay(moment);
    let killed = 1;
    if (victim.name === "router") await killRouter(dormouse);
    else {
      await expect
        .poll(() => (killed = killVictim(dormouse, victim)), { timeout: 20_000, intervals: [20] })
        .not.toBe(0);
    }
    info.annotations.push({ type: "killed", description: `${victim.name} (${killed}), ${moment} ms after the seal` });
    await watch();
  }

  for (const { id, link, files } of sent) {
    const state = async () => {
      await watch();
      return (await getTransfer(owner, { id, cursor: undefined })).transfer.state;
    };
    await expect.poll(state, { timeout: 180_000, intervals: [500] }).toBe("ready");
    const all = await rows(id);
    expect(all.map((file) => file.state)).toEqual(all.map((_, ordinal) => (ordinal === EICAR ? "infected" : "ready")));
    expect(all.map((file) => file.scan)).toEqual(all.map((_, ordinal) => (ordinal === EICAR ? "infected" : "clean")));
    for (const [ordinal, bytes] of files.entries()) {
      if (ordinal === EICAR) continue;
      const answer = await fetch(`${dormouse.url}${link}/files/${ordinal}`);
      expect(Buffer.from(await answer.arrayBuffer()).equals(bytes), `${link}, file ${ordinal}`).toBe(true);
    }
  }
  expect(unchecked).toEqual([]);
});
