/** An empty Next.js app, built by the same Next.js and OpenNext as ours: what a figure of ours is compared with. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

const FILES = {
  "package.json": JSON.stringify({ name: "empty", version: "0.0.0", private: true, type: "module" }),
  "package-lock.json": JSON.stringify({ name: "empty", version: "0.0.0", lockfileVersion: 3, packages: {} }),
  "app/layout.tsx": `export default function Layout({ children }: { children: React.ReactNode }) {
  return <html lang="en"><body>{children}</body></html>;
}`,
  // Rendered by the function at each request, as our pages are, which carry a nonce.
  "app/page.tsx": `export const dynamic = "force-dynamic";
export default function Page() {
  return <h1>Empty</h1>;
}`,
};
const SHARED = ["next.config.js", "open-next.config.ts", "tsconfig.json"];

/** Builds it in a temporary folder; returns that folder. */
export function buildEmptyApp(project: string): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "dormouse-empty-app-"));
  for (const [name, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  for (const name of SHARED) cpSync(join(project, name), join(folder, name));
  // Links where the file system allows it: a build resolves packages from a real folder of its own.
  const [from, to] = [join(project, "node_modules"), join(folder, "node_modules")];
  if (spawnSync("cp", ["-al", from, to]).status !== 0) cpSync(from, to, { recursive: true });
  rmSync(join(to, ".cache"), { recursive: true, force: true });
  const bin = join(to, ".bin");
  const path = `${bin}${delimiter}${process.env.PATH ?? ""}`;
  const env = { ...process.env, PATH: path, NODE_ENV: "production" as const, NEXT_TELEMETRY_DISABLED: "1" };
  const { status, stdout, stderr } = spawnSync(join(bin, "open-next"), ["build"], {
    cwd: folder,
    env,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`The empty app can't be built:\n${stdout}${stderr}`);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
