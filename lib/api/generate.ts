/**
 * `npm run openapi`: writes the OpenAPI document and the types of its client, from the table of operations. With
 * `--check` it only says whether the two files are as it would write them.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clientTypes } from "./client-types.ts";
import { openApiDocument } from "./openapi.ts";

const FILES = {
  "api/openapi.json": (document: object) => `${JSON.stringify(document, null, 2)}\n`,
  "api-client/operations.ts": (document: object) => formatted(clientTypes(document)),
};

const document = JSON.parse(JSON.stringify(openApiDocument())) as object;
for (const [name, textOf] of Object.entries(FILES)) {
  const file = join(import.meta.dirname, "..", name);
  const text = textOf(document);
  if (!process.argv.includes("--check")) writeFileSync(file, text);
  else if (readFileSync(file, "utf8") !== text) {
    console.error(`lib/${name} is stale: \`npm run openapi\` writes it anew.`);
    process.exitCode = 1;
  }
}

/** As the formatter would write it, so that it can be read. */
function formatted(text: string): string {
  const biome = join(import.meta.dirname, "../../node_modules/.bin/biome");
  return execFileSync(biome, ["format", "--stdin-file-path=operations.ts"], { input: text, encoding: "utf8" });
}
