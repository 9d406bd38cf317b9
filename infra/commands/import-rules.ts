/** Checks imports against the rules of .dependency-cruiser.mjs. */
import { existsSync, globSync } from "node:fs";
import { join, resolve } from "node:path";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import config from "../../.dependency-cruiser.mjs";

const PROJECT = resolve(import.meta.dirname, "../..");
const FOLDERS = ["app", "cli", "components", "lib", "infra", "e2e"];
const FILES = ["proxy.ts", "sst.config.ts"];

export type Violation = { rule: string; comment: string; from: string; to: string };

/**
 * The forbidden imports of a tree, and the number of modules that were parsed. Throws when there are fewer modules than
 * TypeScript files, because a parser that fails finds no violations either.
 */
export async function checkImportRules(project: string): Promise<{ modules: number; violations: Violation[] }> {
  const present = [...FOLDERS, ...FILES].filter((path) => existsSync(join(project, path)));
  const onDisk = [
    ...globSync(`{${FOLDERS.join(",")}}/**/*.{ts,tsx}`, { cwd: project }),
    ...FILES.filter((path) => present.includes(path)),
  ];
  const { forbidden = [], options = {} } = config;
  const { enhancedResolveOptions, ...cruiseOptions } = options;
  const { output } = await cruise(
    present,
    { ...cruiseOptions, baseDir: project, validate: true, ruleSet: { forbidden } },
    { ...enhancedResolveOptions },
  );
  if (typeof output === "string") throw new Error("dependency-cruiser answered with a report and not with its result.");
  requireAllSeen(output, onDisk);
  const comments = new Map(forbidden.map(({ name, comment }) => [name, comment ?? ""]));
  const violations = output.summary.violations.map(({ rule, from, to }) => ({
    rule: rule.name,
    comment: comments.get(rule.name) ?? "",
    from,
    to,
  }));
  return { modules: onDisk.length, violations };
}

function requireAllSeen(result: ICruiseResult, onDisk: string[]): void {
  const seen = new Map(result.modules.map((module) => [module.source, module]));
  const missing = onDisk.filter((file) => !seen.has(file));
  if (missing.length > 0)
    throw new Error(`dependency-cruiser overlooked ${missing.length} files, such as ${missing[0]}.`);
  if (onDisk.every((file) => seen.get(file)?.dependencies.length === 0)) {
    throw new Error("dependency-cruiser saw no import in any file: it did not understand them.");
  }
}

if (process.argv[1] === import.meta.filename) {
  const { modules, violations } = await checkImportRules(PROJECT);
  for (const { rule, comment, from, to } of violations)
    console.log(`${from} must not import ${to}\n  ${rule}: ${comment}`);
  console.log(`${modules} modules, ${violations.length} imports that go where they must not`);
  process.exitCode = violations.length === 0 && modules > 0 ? 0 : 1;
}
