/** Visits every page in every state that people meet, and takes pictures of it. */
import { join } from "node:path";
import type { Page } from "playwright/test";
import { insertSession } from "#lib/members/session.store.ts";
import { makeWorkspace } from "#lib/testing/workspace.ts";
import { expect, linkOfInbox, test } from "../fixtures.ts";
import { failedInScan, withTwelveBatches } from "../run-scenes.ts";
import { plantContent } from "./content.ts";
import { landscape } from "./landscapes.ts";

const FOLDER = process.env.SCREENSHOTS ?? "screenshots";
const CHOSEN = (process.env.SCREENSHOTS_OF ?? "").split(" ").filter(Boolean);

const LOOKS = {
  wide: { width: 1280, height: 900, colorScheme: "light" },
  dark: { width: 1280, height: 900, colorScheme: "dark" },
  narrow: { width: 360, height: 740, colorScheme: "light" },
  low: { width: 640, height: 360, colorScheme: "light" },
} as const;

/** In the order of their visits; `visit` leaves the page as it is to be seen. */
type Scene = { name: string; visit: () => Promise<unknown>; full?: boolean };

async function picture(page: Page, { name, visit, full = true }: Scene): Promise<void> {
  if (CHOSEN.length > 0 && !CHOSEN.some((word) => name.includes(word))) return;
  await page.setViewportSize(LOOKS.wide);
  await visit();
  for (const [look, { colorScheme, ...size }] of Object.entries(LOOKS)) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize(size);
    await page.evaluate(async () => {
      // Pictures that wait for being seen.
      for (const image of document.images) image.loading = "eager";
      await Promise.race([
        Promise.all([...document.images].map((image) => image.decode().catch(() => undefined))),
        new Promise((resolve) => setTimeout(resolve, 5000)),
      ]);
    });
    await page.screenshot({ path: join(FOLDER, `${name}-${look}.png`), fullPage: full });
  }
}

test("a picture of every page", async ({ page, signIn, workspace, dormouse }) => {
  const take = (name: string, visit: () => Promise<unknown>, full = true) => picture(page, { name, visit, full });
  const press = (name: string | RegExp) => page.getByRole("button", { name }).first().click();
  const open = (path: string) => async () => {
    await page.goto(path);
    await expect(page.getByRole("heading").first()).toBeVisible();
  };
  const firstLink = /Sign in once as the owner: (\S+)/.exec(dormouse.lines.join("\n"))?.[1];

  await take("welcome", open("/welcome"));
  if (firstLink) await take("welcome-first", open(firstLink));
  await take("welcome-unknown", open("/welcome/unknown"));
  await take("not-found", open("/nowhere"));

  const content = await plantContent(workspace, dormouse.url);
  for (const [name, path] of Object.entries({
    guest: content.wedding.link,
    "guest-personal": content.personalLink,
    "guest-single": content.single.link,
    "guest-blocked": content.blocked.link,
    "guest-uploading": content.uploading.link,
    "guest-expired": content.expired.link,
    "guest-deleted": content.deleted.link,
    "guest-unknown": "/t/unknown",
  })) {
    await take(name, open(path));
  }
  await take(
    "guest-viewer",
    async () => {
      await page.goto(content.wedding.link);
      await page.getByRole("link", { name: /^View DSC_4811/ }).click();
      await expect(page.getByRole("dialog")).toBeVisible();
    },
    false,
  );

  const empty = await makeWorkspace();
  await signIn(page.context());
  await take("transfers", open("/transfers"));
  for (const name of ["wedding", "single", "blocked", "uploading", "expired", "deleted", "ending"] as const) {
    await take(`transfer-${name}`, open(`/transfers/${content[name].id}`));
  }
  await take("transfer-run", async () => {
    await page.goto(`/transfers/${content.wedding.id}`);
    await page.getByRole("button", { name: /^Delivery/ }).click();
    await expect(page.locator(".react-flow__node").first()).toBeVisible();
  });
  const [working, failed] = [await withTwelveBatches(workspace), await failedInScan(workspace)];
  await take("transfer-working", open(`/transfers/${working.id}`));
  await take("transfer-working-graph", async () => {
    await page.goto(`/transfers/${working.id}`);
    await page.getByRole("button", { name: /^Delivery/ }).click();
    await expect(page.locator(".react-flow__node").first()).toBeVisible();
  });
  await take("transfer-failed", open(`/transfers/${failed.id}`));

  const wedding = () => page.goto(`/transfers/${content.wedding.id}`);
  await take(
    "dialog-edit",
    async () => {
      await wedding();
      await press("Edit");
    },
    false,
  );
  await take(
    "dialog-expiry",
    async () => {
      await wedding();
      await press("Change expiry");
    },
    false,
  );
  await take(
    "dialog-link",
    async () => {
      await wedding();
      await press(/^Actions for Selene and Jonas/);
      await page.getByRole("menuitem", { name: "Replace link" }).click();
    },
    false,
  );
  await take(
    "menu-transfer",
    async () => {
      await wedding();
      await press(/^Actions for Selene and Jonas/);
    },
    false,
  );
  await take(
    "menu-account",
    async () => {
      await page.goto("/transfers");
      await press(/^Account of/);
    },
    false,
  );
  await take("device", open("/device"));
  await take("settings", open("/settings"));
  await take("api-docs", open("/api-docs"));

  await take("composer", async () => {
    await page.goto("/transfers");
    const picks = [1, 2, 3].map(async (seed) => ({
      name: `DSC_000${seed}.jpg`,
      mimeType: "image/jpeg",
      buffer: await landscape(seed + 20),
    }));
    await page.getByTestId("files").setInputFiles(await Promise.all(picks));
    const people = page.getByRole("textbox", { name: "Recipients" });
    await people.fill("mira@example.org, theo@example.org,");
    await page.getByRole("textbox", { name: "Title" }).fill("Portraits for the press kit");
  });
  await take("sending", async () => {
    await page.goto("/transfers");
    const session = await page.context().newCDPSession(page);
    const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 200_000 };
    await session.send("Network.emulateNetworkConditions", slow);
    const buffer = Buffer.alloc(20_000_000, 1);
    await page.getByTestId("files").setInputFiles([
      { name: "A001_C002.mov", mimeType: "video/quicktime", buffer },
      { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("notes") },
    ]);
    await press(/^Create link|^Send$/);
    await expect(page.getByRole("heading", { name: "Sending" })).toBeVisible();
    await expect(page).toHaveTitle(/^[1-9]\d* % · /);
  });
  page.on("dialog", (dialog) => void dialog.accept());

  const inbox = linkOfInbox(dormouse.home, dormouse.port);
  await take("mail-inbox", open(inbox));
  await take("mail", async () => {
    await page.goto(inbox);
    await page
      .getByRole("link", { name: /selene@example.org/ })
      .first()
      .click();
  });

  const { workspaceId, memberId } = empty.as("owner").actor;
  const value = await insertSession({ workspaceId, memberId }, new Date());
  await page.context().addCookies([{ name: "dormouse_session", value, url: dormouse.url, httpOnly: true }]);
  await take("transfers-empty", open("/transfers"));
});
