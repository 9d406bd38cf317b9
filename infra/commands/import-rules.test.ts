import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import config from "../../.dependency-cruiser.mjs";
import { checkImportRules } from "./import-rules.ts";

/** A project in which each file has the given imports: of values, or of types if the line says so. */
function makeProject(t: TestContext, files: Record<string, string[]>): string {
  const project = mkdtempSync(join(tmpdir(), "dormouse-import-rules-"));
  t.after(() => rmSync(project, { recursive: true }));
  const imports = {
    "#app/*": "./app/*",
    "#cli/*": "./cli/*",
    "#components/*": "./components/*",
    "#infra/*": "./infra/*",
    "#lib/*": "./lib/*",
  };
  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), content);
  };
  write("package.json", JSON.stringify({ type: "module", imports, dependencies: { next: "1" } }));
  write("node_modules/next/package.json", JSON.stringify({ name: "next", main: "index.js" }));
  write("node_modules/next/index.js", "export const one = 1;\n");
  const named = new Set(Object.keys(files));
  for (const lines of Object.values(files)) for (const line of lines) named.add(line.replace("type ", ""));
  for (const path of named) {
    if (path.startsWith("node:") || path === "next" || path.includes("missing")) continue;
    const lines = (files[path] ?? []).map((line) => {
      const from = line.replace("type ", "");
      const specifier = /^(node:|next$)/.test(from) ? from : `#${from}`;
      return `import ${line.startsWith("type ") ? "type " : ""}{ one } from ${JSON.stringify(specifier)};`;
    });
    write(path, `${lines.join("\n")}\nexport const one = 1;\n`);
  }
  return project;
}

const broken = async (project: string) =>
  (await checkImportRules(project)).violations.map(({ rule, from, to }) => `${rule}: ${from} -> ${to}`).sort();

const VIOLATIONS: Record<string, Record<string, string[]>> = {
  app: { "app/page.tsx": ["lib/files/file.store.ts"] },
  components: { "components/list.tsx": ["lib/uploads/sign-parts.ts"] },
  "components-ui": { "components/ui/button.tsx": ["components/files/tree.tsx"] },
  parsers: { "lib/entrypoints/parsers/inspect.ts": ["lib/adapters/resources.ts"] },
  entrypoints: { "lib/entrypoints/steps/check.ts": ["lib/files/file.store.ts"] },
  api: { "lib/api/operations.ts": ["lib/transfers/transfer.store.ts"] },
  cli: { "cli/main.ts": ["lib/uploads/sign-parts.ts"] },
  "api-client": { "lib/api-client/client.ts": ["lib/kernel/id.ts"] },
  proxy: { "proxy.ts": ["lib/adapters/resources.ts"] },
  web: { "lib/web/action.ts": ["lib/files/file.store.ts"] },
  verbs: { "lib/uploads/sign-parts.ts": ["lib/db/service.ts"] },
  "other-domains-stores": { "lib/members/sign-out.ts": ["lib/files/file.store.ts"] },
  stores: { "lib/files/file.store.ts": ["lib/transfers/seal-transfer.ts"] },
  "stores-know-grants-as-types": { "lib/files/file.store.ts": ["lib/auth/permissions.ts"] },
  entities: { "lib/files/file.entity.ts": ["lib/db/indexes.ts"] },
  "entities-are-the-stores": { "lib/uploads/sign-parts.ts": ["lib/files/file.entity.ts"] },
  schemas: { "lib/files/file.schema.ts": ["lib/auth/permissions.ts"] },
  "schemas-are-the-servers": { "components/list.tsx": ["lib/files/file.schema.ts"] },
  errors: { "lib/files/file.errors.ts": ["lib/files/file.schema.ts"] },
  kernel: { "lib/kernel/id.ts": ["lib/metering/meter.ts"] },
  auth: { "lib/auth/permissions.ts": ["lib/members/session.store.ts"] },
  db: { "lib/db/service.ts": ["lib/uploads/sign-parts.ts"] },
  adapters: { "lib/adapters/s3.ts": ["lib/web/action.ts"] },
  metering: { "lib/metering/meter.ts": ["lib/adapters/s3.ts"] },
  tools: { "lib/scanning/clamd.ts": ["lib/files/file.store.ts"] },
  "upload-engine": { "lib/upload-engine/engine.ts": ["lib/uploads/sign-parts.ts"] },
  inspection: { "lib/inspection/make-picture.ts": ["lib/adapters/s3.ts"] },
  "download-engine": { "lib/download-engine/zip.ts": ["lib/uploads/sign-parts.ts"] },
  infra: { "infra/table.ts": ["lib/adapters/resources.ts"] },
  "infra-local": { "infra/web.ts": ["infra/local/environment.ts"] },
  commands: { "infra/local/cloud.ts": ["infra/commands/build.ts"] },
  "local-cloud": { "infra/local/services/s3/front.ts": ["lib/kernel/keys.ts"] },
  "local-core": { "infra/local/core/ledger.ts": ["infra/local/services/s3/front.ts"] },
  "local-services": { "infra/local/services/sqs/api.ts": ["infra/local/services/s3/front.ts"] },
  testing: { "lib/uploads/sign-parts.ts": ["lib/testing/workspace.ts"] },
  next: { "lib/uploads/sign-parts.ts": ["next"] },
  browser: { "components/list.tsx": ["node:fs"] },
  cycles: { "lib/kernel/a.ts": ["lib/kernel/b.ts"], "lib/kernel/b.ts": ["lib/kernel/a.ts"] },
  "cycles-of-types": { "lib/files/a.ts": ["lib/files/b.ts"], "lib/files/b.ts": ["type lib/files/a.ts"] },
  unresolvable: { "lib/kernel/a.ts": ["lib/kernel/missing.ts"] },
};

test("every rule has an example here that breaks it", () => {
  assert.deepEqual([...new Set(config.forbidden?.map(({ name }) => name))], Object.keys(VIOLATIONS));
});

for (const [rule, files] of Object.entries(VIOLATIONS)) {
  test(`${rule}: a forbidden import is found`, async (t) => {
    const found = await broken(makeProject(t, files));
    const [from, [to = ""] = []] = Object.entries(files)[0] ?? [];
    assert.ok(
      found.some(
        (line) => line.startsWith(`${rule}: ${from} -> `) && (/^(next|node:)|missing/.test(to) || line.endsWith(to)),
      ),
      `${rule} is not among ${JSON.stringify(found)}`,
    );
  });
}

for (const [from, to] of [
  ["lib/uploads/sign-parts.ts", "lib/members/session.store.ts"],
  ["lib/requests/open-request.ts", "lib/files/file.store.ts"],
] as const) {
  test(`${from} may not import the stores of another family`, async (t) => {
    const found = await broken(makeProject(t, { [from]: [to] }));
    assert.ok(found.includes(`other-domains-stores: ${from} -> ${to}`), JSON.stringify(found));
  });
}

test("imports along the layers, and imports of tests, are allowed", async (t) => {
  const project = makeProject(t, {
    "app/(guest)/t/[token]/page.tsx": ["components/list.tsx", "lib/web/action.ts", "lib/uploads/sign-parts.ts", "next"],
    "components/list.tsx": ["components/ui/button.tsx", "type lib/files/file.schema.ts", "lib/upload-engine/engine.ts"],
    "lib/upload-engine/engine.ts": ["type lib/uploads/upload-protocol.schema.ts", "lib/kernel/id.ts"],
    "lib/web/action.ts": ["lib/members/session.store.ts", "lib/files/file.errors.ts", "next"],
    "lib/uploads/sign-parts.ts": [
      "lib/files/file.store.ts",
      "lib/transfers/transfer.store.ts",
      "lib/auth/permissions.ts",
    ],
    "lib/files/file.store.ts": ["lib/db/service.ts", "lib/files/file.entity.ts", "type lib/auth/permissions.ts"],
    "lib/downloads/taking.store.ts": ["lib/db/service.ts", "lib/files/file.entity.ts", "type lib/files/file.store.ts"],
    "lib/db/service.ts": ["lib/adapters/dynamodb.ts", "lib/files/file.entity.ts"],
    "lib/files/sign-parts.test.ts": [
      "infra/local/services/s3/server.ts",
      "lib/testing/workspace.ts",
      "lib/db/service.ts",
    ],
    "infra/table.ts": ["lib/db/indexes.ts"],
    "infra/commands/build.ts": ["infra/local/core/lock.ts"],
    "infra/local/cloud.ts": ["infra/local/services/scheduler/api.ts"],
    "infra/local/services/scheduler/api.ts": [
      "infra/local/core/timer.ts",
      "infra/local/services/lambda/async-queue.ts",
    ],
  });
  assert.deepEqual(await broken(project), []);
});

test("files whose imports can't be parsed are an error", async (t) => {
  const project = makeProject(t, { "app/page.tsx": [], "lib/kernel/id.ts": [] });
  await assert.rejects(checkImportRules(project), /saw no import/);
});
