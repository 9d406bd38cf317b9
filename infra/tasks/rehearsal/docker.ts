/** Builds an image with Docker and runs it as infra/tasks.ts has ECS run it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DROPPED } from "../conductor.ts";
import { type Build, type Container, ECS_ENVIRONMENT, requireWell, runCommand } from "./container.ts";
import { findUnreachable, sayUnreachable, withTestSignatures } from "./test-signatures.ts";

export const dockerAnswers = async (): Promise<boolean> => (await runCommand("docker", ["info"])).code === 0;

export async function buildInDocker({ folder, name, testSignatures, tell, warn }: Build): Promise<Container> {
  const tag = `dormouse-rehearsal-${name}`;
  const build = (dockerfile: string) =>
    runCommand("docker", ["build", "--tag", tag, "--file", "-", folder], { input: dockerfile });
  const dockerfile = readFileSync(join(folder, "Dockerfile"), "utf8");
  let built = await build(dockerfile);
  const unreachable = findUnreachable(built);
  if (unreachable) {
    warn(sayUnreachable(unreachable));
    built = await build(
      dockerfile.replace(/^RUN (.*)$/m, (_, line: string) => `RUN ${withTestSignatures(line, testSignatures)}`),
    );
  }
  requireWell(built, `docker build of ${name}`);
  tell("docker build came to its end");
  const drop = DROPPED.flatMap((right) => ["--cap-drop", right]);
  // A volume without a name has the owner and the rights that the image says, as ECS makes it, and goes with its container.
  const limits = ["--read-only", "--volume", "/tmp", ...drop, "--init"];
  const env = Object.entries(ECS_ENVIRONMENT).flatMap((variable) => ["--env", variable.join("=")]);
  return {
    run: (args, input) => runCommand("docker", ["run", "--rm", "-i", ...limits, ...env, tag, ...args], { input }),
    remove: async () => requireWell(await runCommand("docker", ["rmi", "--force", tag]), "docker rmi"),
  };
}
