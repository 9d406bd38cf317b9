#!/usr/bin/env node
/** The command line program. */
import * as nodeModule from "node:module";
import { Interrupted } from "./errors.ts";
import { runCall } from "./run-call.ts";

// Node 22.8 and later keep what they have compiled: the next start is quicker.
nodeModule.enableCompileCache?.();

const { stdin, stdout, stderr, env } = process;
// Whoever reads has enough, such as `head`.
stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});
const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => interruption.abort(new Interrupted()));
  // Pressed again, it ends at once.
  process.on(
    signal,
    () => interruption.signal.aborted && setImmediate(() => process.once(signal, () => process.exit(130))),
  );
}
// Not awaited here: the bundle is a CommonJS module, which loads what it imports only when that is used.
void runCall(process.argv.slice(2), { env, stdin, stdout, stderr, signal: interruption.signal }).then((code) => {
  process.exitCode = code;
});
