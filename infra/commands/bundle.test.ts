import assert from "node:assert/strict";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { functionList } from "../function-list.ts";
import { CommandError } from "../local/core/command-error.ts";
import { createFunctions, type Functions } from "../local/services/lambda/functions.ts";
import { temporaryDirectory } from "../local/testing/temporary.ts";
import { until } from "../local/testing/until.ts";
import { bundleFunctions, linkPackages, watchFunctions } from "./bundle.ts";

const PACKAGES = fileURLToPath(new URL("../../node_modules", import.meta.url));

/** A project with entries for the named functions. */
function project(t: TestContext, sources: Record<string, string>) {
  const root = temporaryDirectory(t);
  const put = (path: string, content: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  put("package.json", JSON.stringify({ type: "module", imports: { "#lib/*": "./lib/*" } }));
  symlinkSync(PACKAGES, join(root, "node_modules"));
  for (const [name, source] of Object.entries(sources)) put(functionList[name]?.entry ?? "", source);
  return { root, put, out: join(temporaryDirectory(t), "functions") };
}

function functionsOf(t: TestContext, bundles: string): Functions {
  const functions = createFunctions({
    bundles,
    declarations: functionList,
    environment: { PATH: process.env.PATH ?? "" },
    region: "us-east-1",
    idleMs: 60_000,
    ledger: () => {},
    log: (name, _stream, line) => console.error(`${name}: ${line}`),
  });
  t.after(() => functions.close());
  return functions;
}

const answer = async (functions: Functions, name: string): Promise<unknown> =>
  JSON.parse((await functions.invoke(name, {})).payload.toString());

test("a bundle contains what its function imports, and finds native packages in the project", async (t) => {
  const { root, put, out } = project(t, {
    check: `import { greeting } from "#lib/greeting.ts";
      import { Entity } from "electrodb";
      import sharp from "sharp";
      export const handler = async () => {
        const image = await sharp({ create: { width: 2, height: 3, channels: 3, background: "red" } }).webp().toBuffer();
        const { width, height } = await sharp(image).metadata();
        return { greeting, entity: typeof Entity, width, height };
      };`,
  });
  put("lib/greeting.ts", "export const greeting: string = 'hello';");
  await bundleFunctions(root, out);
  linkPackages(root, out);
  assert.equal(existsSync(join(out, "preview")), false);
  const functions = functionsOf(t, out);
  assert.deepEqual(functions.names, ["check"]);
  assert.equal(functions.requireName("arn:aws:lambda:us-east-1:000000000000:function:check"), "check");
  assert.deepEqual(await answer(functions, "check"), { greeting: "hello", entity: "function", width: 2, height: 3 });
});

test("an error in a source is reported with its position", async (t) => {
  const { root, out } = project(t, { check: `import "./nowhere.ts"; export const handler = 1;` });
  await assert.rejects(
    bundleFunctions(root, out),
    (error) => error instanceof CommandError && /steps\/check\.ts:1:7: .*nowhere/.test(error.message),
  );
});

test("during development the next call runs the changed source", async (t) => {
  const entry = functionList.check?.entry ?? "";
  const { root, put, out } = project(t, { check: "export const handler = async () => 1;" });
  let changes = 0;
  let renew = (): void => undefined;
  const watch = await watchFunctions(root, out, () => {
    changes += 1;
    renew();
  });
  t.after(() => watch.close());
  const functions = functionsOf(t, out);
  renew = () => functions.renew();
  assert.equal(await answer(functions, "check"), 1);
  put(entry, "export const handler = async () => 2;");
  await until("the change", () => changes === 1);
  assert.equal(await answer(functions, "check"), 2);
});
