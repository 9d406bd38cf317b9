/** A process of its own that previews a batch, as a function does, and that ends when it reads a certain file. */
import { s3 } from "#lib/adapters/s3.ts";
import { systemClock } from "#lib/kernel/clock.ts";
import { CountingMeter } from "#lib/metering/meter.ts";
import { previewBatch } from "../preview-batch.ts";
import { BatchInput } from "../run.schema.ts";

const { BATCH = "", POISON = "", ENDS_BY = "" } = process.env;
const input = BatchInput.parse(JSON.parse(BATCH));

s3().middlewareStack.add(
  (next) => async (args) => {
    const { Key = "" } = args.input as { Key?: string };
    if (!POISON.split(",").some((ordinal) => Key.endsWith(`${input.transferId}/${ordinal}`))) return await next(args);
    if (ENDS_BY === "exit") process.exit(1);
    for (const held: number[][] = []; ; ) held.push(new Array<number>(4_000_000).fill(held.length + 0.5));
  },
  { step: "initialize", name: "poison" },
);

await previewBatch(
  { actor: { kind: "system", workspaceId: input.workspaceId }, clock: systemClock, meter: new CountingMeter() },
  input,
);
