import { spawn } from "node:child_process";

export class RehearsalFailed extends Error {}

/** `said`: both streams, as they came; `errors`: the second. */
export type Ran = { code: number | null; said: string; errors: string };

/** An image that was built. `run` starts its ENTRYPOINT with those words, or with CMD's where there are none. */
export type Container = {
  run(args: string[], input?: string): Promise<Ran>;
  remove(): Promise<void>;
};

export type Build = {
  /** The folder that has the Dockerfile. */
  folder: string;
  name: string;
  project: string;
  /** A signature file that takes the place of what freshclam could not fetch. */
  testSignatures: string;
  tell: (line: string) => void;
  /** What could not be proven. */
  warn: (line: string) => void;
};

/** What ECS tells a container, besides the image's own ENV. */
export const ECS_ENVIRONMENT = {
  AWS_EXECUTION_ENV: "AWS_ECS_FARGATE",
  AWS_REGION: "us-east-1",
  // Whoever reads it has the container's rights.
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/planted-0123456789-0123456789",
};

/** What runs now, each in a process group of its own: none of it outlives this process. */
const running = new Set<number>();
process.on("exit", () => {
  for (const group of running) process.kill(-group, "SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));

/** Runs a program to its end. A program that is not there answers with the code 127, as the shell does. */
export function runCommand(
  program: string,
  args: readonly string[],
  { input = "", env = process.env }: { input?: string | undefined; env?: NodeJS.ProcessEnv } = {},
): Promise<Ran> {
  const child = spawn(program, args, { env, stdio: "pipe", detached: true });
  const { pid } = child;
  if (pid !== undefined) running.add(pid);
  let [said, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    errors += text;
  });
  // A program that ends without reading closes its input.
  child.stdin.on("error", () => undefined).end(input);
  return new Promise((resolve) => {
    child.once("error", ({ message }) => resolve({ code: 127, said: message, errors: message }));
    child.once("exit", () => running.delete(pid ?? 0));
    child.once("close", (code) => resolve({ code, said, errors }));
  });
}

/** Throws what a command said last, unless it ended well. */
export function requireWell({ code, said }: Ran, what: string): void {
  if (code !== 0)
    throw new RehearsalFailed(`${what} ended with ${code}:\n${said.trimEnd().split("\n").slice(-25).join("\n")}`);
}
