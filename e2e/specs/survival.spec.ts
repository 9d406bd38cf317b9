/** Whatever is killed in the middle of a run, every transfer comes to its end by itself, and nothing opens unchecked. */
import { setTimeout as delay } from "node:timers/promises";
import { readStatus } from "#infra/local/control.ts";
import { commandLine } from "#infra/local/core/child-process.ts";
import type { EngineStatus } from "#infra/local/core/supervisor.ts";
import { type FileRow, getFileRow } from "#lib/files/file.store.ts";
import { sampleEicar, sampleJpeg, sampleText, sampleZip } from "#lib/inspection/testing/samples.ts";
import { seededBytes, sendFile } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import type { TestWorkspace } from "#lib/testing/workspace.ts";
import { getTransfer } from "#lib/transfers/get-transfer.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { seeded } from "#lib/upload-engine/testing/seeded.ts";
import { type Dormouse, expect, familyOf, restartDormouse, test } from "../fixtures.ts";

const SEED = 20;
/** What ended without a word is started again by the next try of its event; here that is not a minute away. */
const FAST_RETRIES = { DORMOUSE_ASYNC_RETRY_SECONDS: "1" };
const FILES = 5;
const EICAR = 4;

/** What is killed: processes of engines, by their names in the router's status; of those only a certain program, or all. */
type Victim = {
  engines: string[];
  program?: string;
  /** Only what is at work is worth killing; else it is killed wherever it stands. */
  atWork: boolean;
  /** The sender needs it as well: it is killed once all is sent. */
  sends: boolean;
  /** Milliseconds after it was seen, at random; if it has ended by itself by then, it is met sooner at the next transfer. */
  within: number;
};

const step = (...engines: string[]): Victim => ({ engines, atWork: true, sends: false, within: 100 });
const container = (program?: string): Victim => ({
  engines: ["tasks"],
  ...(program ? { program } : {}),
  atWork: true,
  sends: false,
  within: program ? 200 : 1000,
});
const server = (engine: string): Victim => ({ engines: [engine], atWork: false, sends: true, within: 4000 });

/** The container of a scan first: that it has died shows by its silence alone, after two minutes. */
const VICTIMS: Victim[] = [
  container(),
  server("router"),
  step("check"),
  server("dynamodb"),
  container("clamd"),
  step("preview", "inspect"),
  server("s3"),
  step("publish"),
  step("objects", "changes"),
  step("announce", "finish"),
  server("web"),
];

const nameOf = ({ engines, program }: Victim): string => program ?? engines.join(", ");

async function processesOf({ home }: Dormouse, { engines, program, atWork }: Victim): Promise<number[]> {
  const status = await readStatus(home);
  const meant = ({ name, inFlight }: EngineStatus) => engines.includes(name) && (inFlight > 0 || !atWork);
  const pids = status?.engines.filter(meant).flatMap((engine) => engine.pids) ?? [];
  return program ? pids.flatMap(familyOf).filter((pid) => commandLine(pid).includes(program)) : pids;
}

/** kill -9 of the victim `moment` ms after it is seen at its work; resolves to whether it was still there to be hit. */
async function killVictim(dormouse: Dormouse, victim: Victim, moment: number): Promise<boolean> {
  const seen = async () => {
    expect(await processesOf(dormouse, victim)).not.toEqual([]);
  };
  await expect(seen, `${nameOf(victim)} is seen`).toPass({ timeout: 60_000, intervals: [10] });
  const pids = await processesOf(dormouse, victim);
  await delay(moment);
  return pids.map((pid) => killed(pid)).includes(true);
}

function killed(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}

async function killRouter(dormouse: Dormouse, moment: number): Promise<true> {
  await delay(moment);
  const ended = new Promise((resolve) => dormouse.process.once("exit", resolve));
  dormouse.process.kill("SIGKILL");
  await ended;
  await restartDormouse(dormouse, FAST_RETRIES);
  return true;
}

async function send(workspace: TestWorkspace, title: string) {
  const owner = workspace.as("owner");
  const files = [
    await sampleJpeg(),
    sampleText(),
    sampleZip(),
    seededBytes(`${SEED}/${title}`, 300_000),
    sampleEicar(),
  ].map((bytes) => Buffer.from(bytes));
  const transfer = await createTransfer(owner, { title });
  for (const [ordinal, bytes] of files.entries()) await sendFile(owner, transfer.id, ordinal, `file-${ordinal}`, bytes);
  await sealTransfer(owner, { transferId: transfer.id });
  return { ...transfer, title, files };
}

test("kill -9 of each process at a random moment of a run: every transfer is delivered without a person, and nothing unchecked", async ({
  dormouse,
  workspace,
}, info) => {
  await restartDormouse(dormouse, FAST_RETRIES);
  const random = seeded(SEED);
  const owner = workspace.as("owner");
  const sent: Awaited<ReturnType<typeof send>>[] = [];
  const rows = (id: string): Promise<FileRow[]> =>
    Promise.all(Array.from({ length: FILES }, (_, ordinal) => getFileRow({ workspaceId: workspace.id, id }, ordinal)));
  const unchecked: string[] = [];
  /** Looks at every file of every transfer; whoever is being killed can't answer. */
  async function watch(): Promise<void> {
    for (const { id, title } of sent) {
      for (const { ordinal, state, scan } of await rows(id).catch(() => []))
        if (state === "ready" && scan !== "clean")
          unchecked.push(`${title}, file ${ordinal}: ${scan ?? "not scanned"}`);
    }
  }

  for (const victim of VICTIMS) {
    const name = nameOf(victim);
    const within = random() * victim.within;
    for (let tries = 1, hit = false; !hit; tries++) {
      const began = performance.now();
      const moment = within / tries;
      const sending = send(workspace, `${name} ${tries}`);
      if (victim.sends) await sending;
      // Someone looks on, so that there is a web function to kill.
      if (name === "web") await fetch(`${dormouse.url}/welcome/guessed`);
      const kill = name === "router" ? killRouter(dormouse, moment) : killVictim(dormouse, victim, moment);
      [, hit] = await Promise.all([sending, kill]);
      sent.push(await sending);
      const after = Math.round(performance.now() - began);
      info.annotations.push({ type: hit ? "killed" : "missed", description: `${name}, after ${after} ms` });
      await watch();
    }
  }

  for (const { id, link, title, files } of sent) {
    const state = async () => {
      await watch();
      return (await getTransfer(owner, { id, cursor: undefined })).transfer.state;
    };
    await expect.poll(state, { message: title, timeout: 180_000, intervals: [500] }).toBe("ready");
    const all = await rows(id);
    expect(all.map((file) => file.state)).toEqual(all.map((_, ordinal) => (ordinal === EICAR ? "infected" : "ready")));
    expect(all.map((file) => file.scan)).toEqual(all.map((_, ordinal) => (ordinal === EICAR ? "infected" : "clean")));
    for (const [ordinal, bytes] of files.entries()) {
      if (ordinal === EICAR) continue;
      const answer = await fetch(`${dormouse.url}${link}/files/${ordinal}`);
      expect(Buffer.from(await answer.arrayBuffer()).equals(bytes), `${title}, file ${ordinal}`).toBe(true);
    }
  }
  expect(unchecked).toEqual([]);
});
