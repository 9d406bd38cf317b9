/**
 * Sends or downloads in a process of its own, which a test can kill and a bench can measure. The only argument is a `Job`
 * as JSON; the only line that is printed, a `Report`.
 */
import { readFileSync } from "node:fs";
import { downloadFiles, type RemoteFile } from "../download/download-files.ts";
import { sendPaths } from "../upload/send-paths.ts";

export type Job =
  | { kind: "send"; paths: string[]; apiUrl: string; state: string }
  | { kind: "get"; into: string; files: (Omit<RemoteFile, "locate"> & { url: string; crc64: string })[] };

/** Of the whole process: the most memory it held, in MiB. */
export type Report = { transferId?: string; resumed?: boolean; maxResidentMiB: number };

async function run(job: Job): Promise<Omit<Report, "maxResidentMiB">> {
  if (job.kind === "send") {
    const { paths, apiUrl, state } = job;
    const headers = () => ({ authorization: "Bearer key" });
    const { transfer, resumed } = await sendPaths({ paths, details: {}, apiUrl, headers, state });
    return { transferId: transfer.id, resumed };
  }
  const files = job.files.map(({ url, crc64, ...file }) => ({ ...file, locate: async () => ({ url, crc64 }) }));
  const { failed } = await downloadFiles({ files, into: job.into });
  if (failed[0]) throw new Error(failed[0].message);
  return {};
}

/** Linux counts what a process held before it became this program as `maxRSS`, and not as this. */
function maxResidentKiB(): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
  } catch {
    return process.resourceUsage().maxRSS;
  }
}

// Not awaited here: it is bundled as a CommonJS module as well.
void run(JSON.parse(process.argv[2] ?? "") as Job).then((done) => {
  const report: Report = { ...done, maxResidentMiB: maxResidentKiB() / 1024 };
  console.log(JSON.stringify(report));
});
