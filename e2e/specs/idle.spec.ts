/** What runs while nobody uses Dormouse: the router, and nothing else. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, familyOf, freePorts, startDormouse, stopDormouse, test } from "../fixtures.ts";

test("asleep there is one process, the router; the next page wakes what it needs", async ({}, info) => {
  const home = mkdtempSync(join(tmpdir(), "dormouse-idle-"));
  const dormouse = await startDormouse(home, await freePorts(), { DORMOUSE_IDLE_SECONDS: "1" });
  const router = dormouse.process.pid ?? 0;
  const visit = async () => (await fetch(`${dormouse.url}/welcome/guessed`)).status;
  try {
    expect(familyOf(router)).toEqual([router]);
    expect(await visit()).toBe(404);
    expect(familyOf(router).length).toBeGreaterThan(1);
    await expect.poll(() => familyOf(router), { timeout: 15_000 }).toEqual([router]);

    const started = performance.now();
    expect(await visit()).toBe(404);
    info.annotations.push({ type: "wake", description: `${Math.round(performance.now() - started)} ms` });
  } finally {
    await stopDormouse(dormouse);
    rmSync(home, { recursive: true, force: true });
  }
});
