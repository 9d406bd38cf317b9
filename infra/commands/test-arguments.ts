/** The arguments after `npm test --`. */
import { parseArgs } from "node:util";

export const TEST_PARTS = ["verify", "unit", "e2e"] as const;
export type TestPart = (typeof TEST_PARTS)[number];

export type TestArguments = {
  /** The parts to run, in order. */
  parts: TestPart[];
  /**
   * For unit tests: parts of their files' paths, a regular expression for their names, and whether to run them again
   * whenever a file changes.
   */
  unit: { paths: string[]; name?: string; watch: boolean };
  /** For Playwright, which knows its own options. */
  e2e: string[];
};

/** Throws an error that names an unknown argument: ignoring it would run everything. */
export function readTestArguments([part, ...rest]: readonly string[]): TestArguments {
  const everything = { unit: { paths: [], watch: false }, e2e: [] };
  if (part === undefined) return { ...everything, parts: [...TEST_PARTS] };
  if (part === "e2e") return { ...everything, parts: [part], e2e: rest };
  if (part === "verify" && rest.length === 0) return { ...everything, parts: [part] };
  if (part !== "unit")
    throw new Error(`"${[part, ...rest].join(" ")}" is no part of the tests: npm test -- ${TEST_PARTS.join("|")}`);
  const options = { name: { type: "string", short: "t" }, watch: { type: "boolean", default: false } } as const;
  const { values, positionals: paths } = parseArgs({ args: rest, options, allowPositionals: true });
  const { name, watch } = values;
  return { ...everything, parts: [part], unit: { paths, watch, ...(name === undefined ? {} : { name }) } };
}
