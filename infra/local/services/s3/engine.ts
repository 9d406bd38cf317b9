/** The S3 engine as a process of its own: the supervisor owns the port and passes each accepted connection to it. */
import type { Socket } from "node:net";
import { openLedger } from "../../core/ledger.ts";
import { createS3, type S3Options } from "./server.ts";

type Config = Omit<S3Options, "ledger" | "deliver" | "now"> & { ledgerDir: string };

const REPORT_MS = 1000;

const { ledgerDir, ...config } = JSON.parse(process.env["DORMOUSE_ENGINE"] ?? "{}") as Config;
const s3 = createS3({
  ...config,
  ledger: openLedger(ledgerDir),
  deliver: (notifications) => process.connected && process.send?.({ type: "notifications", notifications }),
});

/** Reports its activity about once a second while requests are running, and always when the last one has ended. */
let told = { inFlight: -1, lastUsedAt: -1 };
const reports = setInterval(() => {
  const { inFlight, lastUsedAt } = s3.activity();
  if (inFlight === told.inFlight && lastUsedAt === told.lastUsedAt) return;
  told = { inFlight, lastUsedAt };
  process.send?.({ type: "activity", ...told });
}, REPORT_MS);

async function stop(): Promise<void> {
  clearInterval(reports);
  await s3.close();
  process.exit(0);
}

type Order = { type: "stop" | "confirm" | "connection"; ids?: number[]; connection?: number };

process.on("message", (message: Order, socket: unknown) => {
  if (message.type === "stop") void stop();
  else if (message.type === "confirm") s3.confirm(message.ids ?? []);
  else if (message.type === "connection" && socket) {
    const taken = socket as Socket;
    process.send?.({ type: "taken", connection: message.connection });
    s3.server.emit("connection", taken);
    taken.resume();
  }
});
process.once("disconnect", () => void stop());
process.send?.({ type: "ready" });
