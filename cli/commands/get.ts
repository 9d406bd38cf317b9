import { VisibleError } from "#lib/kernel/errors.ts";

export async function run(): Promise<void> {
  throw new VisibleError("NotYet", 501, "This version can't download yet.");
}
