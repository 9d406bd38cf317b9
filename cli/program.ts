/** What a command has of the world around it. */
import type { Readable, Writable } from "node:stream";
import { styleText } from "node:util";
import type { Environment } from "./config.ts";

export type Program = {
  env: Environment;
  stdin: Readable;
  stdout: Writable & { isTTY?: boolean; columns?: number };
  stderr: Writable & { isTTY?: boolean; columns?: number };
  /** Aborted when the user interrupts; its reason is then Interrupted. */
  signal: AbortSignal;
  /** Results are JSON. */
  json: boolean;
};

type Style = Parameters<typeof styleText>[0];

/** Writes a command's result: one JSON text for programs, or lines for people. */
export function answer(program: Program, value: unknown, lines: () => string | readonly string[]): void {
  const text = program.json ? JSON.stringify(value, null, 2) : [lines()].flat().join("\n");
  if (text) program.stdout.write(`${text}\n`);
}

/** Says something to the person beside the result. */
export const note = (program: Program, text: string): void => void program.stderr.write(`${text}\n`);

/** Colours where a terminal shows them: https://no-color.org. */
export const paint = (program: Program, style: Style, text: string, stream: "stdout" | "stderr" = "stdout"): string =>
  program[stream].isTTY && !program.env["NO_COLOR"] && program.env["TERM"] !== "dumb"
    ? styleText(style, text, { validateStream: false })
    : text;

/** Names of strangers without what a terminal would take for an order. */
export const plain = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "�");
