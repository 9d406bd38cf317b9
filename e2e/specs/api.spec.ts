/** The program interface: a key is made in the settings, a program calls with it, and it ends when it is revoked. */
import { sendFile } from "#lib/testing/send.ts";
import { createTransfer } from "#lib/testing/transfer.ts";
import { expect, test } from "../fixtures.ts";
import { expectPageWithoutFaults } from "../page-checks.ts";

test("a key is shown once, opens the API as far as its scopes reach, and nothing once it is revoked", async ({
  page,
  dormouse,
  signIn,
  workspace,
}) => {
  await signIn(page.context());
  await page.goto("/settings");
  const keys = page.getByRole("region", { name: "Keys for programs" });
  await expect(keys.getByText("There are none.")).toBeVisible();
  await keys.getByRole("button", { name: "New key" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Make key" }).click();
  await expect(dialog.getByText("A key needs a name")).toBeVisible();
  await dialog.getByLabel("Name").fill("nightly export");
  await dialog.getByLabel("Send, change and delete transfers").uncheck();
  await dialog.getByRole("button", { name: "Make key" }).click();
  const key = await dialog.getByText(/^dormouse_/).innerText();
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(keys.getByText("nightly export")).toBeVisible();
  await expect(page.getByText(key)).toHaveCount(0);

  const owner = workspace.as("owner");
  const { id } = await createTransfer(owner, { title: "Results" });
  await sendFile(owner, id, 0, "a.txt", Buffer.from("a"));
  const call = async (method: string, path: string) => {
    const url = `http://127.0.0.1:${dormouse.port + 5}${path}`;
    const answer = await fetch(url, { method, headers: { authorization: `Bearer ${key}` } });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  expect(await call("GET", `/v1/transfers/${id}`)).toMatchObject({ status: 200, body: { title: "Results" } });
  expect(await call("DELETE", `/v1/transfers/${id}`)).toMatchObject({ status: 403, body: { code: "ScopeMissing" } });

  await page.reload();
  await expect(keys.getByText("Last used")).toBeVisible();
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await expectPageWithoutFaults(page, "settings-keys");
  await keys.getByRole("button", { name: "Revoke nightly export" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
  await expect(keys.getByText("There are none.")).toBeVisible();
  // The authorizer's word is kept for a minute: the function looks for itself.
  expect((await call("GET", "/v1/me")).status).toBe(401);
});
