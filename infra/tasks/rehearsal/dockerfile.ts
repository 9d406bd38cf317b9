/** Reads the containers' Dockerfiles: the instructions that they use, and no others. */

export class DockerfileRefused extends Error {}

export type Instruction =
  | { word: "FROM"; base: string; as: string | undefined }
  | { word: "RUN"; command: string }
  | { word: "COPY"; from: string | undefined; sources: string[]; to: string }
  | { word: "VOLUME"; paths: string[] }
  | { word: "WORKDIR"; path: string }
  | { word: "USER"; user: string; group: string }
  | { word: "ENV"; variables: Record<string, string> }
  | { word: "HEALTHCHECK" }
  | { word: "ENTRYPOINT"; args: string[] }
  | { word: "CMD"; args: string[] };

/** The instructions as they stand there: comments gone, continued lines joined. */
export const splitDockerfile = (text: string): { word: string; rest: string }[] =>
  text
    .replace(/^\s*#.*\n/gm, "")
    .replace(/\\\n/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, word = "", rest = ""] = /^\s*(\S+)\s*(.*?)\s*$/.exec(line) ?? [];
      return { word: word.toUpperCase(), rest };
    });

/** What each instruction says. Throws DockerfileRefused for whatever is not understood to its end. */
export function readDockerfile(text: string): Instruction[] {
  const stages = new Set<string>();
  const instructions = splitDockerfile(text).map(({ word, rest }) => {
    const instruction = read(word, rest, stages);
    if (instruction.word === "FROM" && instruction.as) stages.add(instruction.as);
    return instruction;
  });
  if (instructions[0]?.word !== "FROM") throw new DockerfileRefused("A Dockerfile begins with FROM.");
  return instructions;
}

function read(word: string, rest: string, stages: Set<string>): Instruction {
  const refuse = (why: string): never => {
    throw new DockerfileRefused(`${word} ${rest}\n  ${why}`);
  };
  const list = (): string[] => {
    try {
      const args: unknown = JSON.parse(rest);
      if (Array.isArray(args) && args.length > 0 && args.every((one) => typeof one === "string")) return args;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    return refuse("Only a list in brackets is understood here.");
  };
  switch (word) {
    case "FROM": {
      const [, base = refuse("Only FROM image [AS name] is understood."), as] =
        /^([\w./-]+:[\w.-]+)(?: +AS +(\w+))?$/i.exec(rest) ?? [];
      return { word, base, as };
    }
    case "RUN":
      if (/^(\[|--|<<)/.test(rest) || rest === "") refuse("Only a command for the shell is understood here.");
      return { word, command: rest };
    case "COPY": {
      const [, from, paths = ""] = /^(?:--from=(\w+) +)?(.*)$/.exec(rest) ?? [];
      const args = paths.split(/ +/);
      const to = args.pop() ?? "";
      if (from !== undefined && !stages.has(from)) refuse("There is no stage of that name above.");
      if (args.length === 0 || !to.startsWith("/")) refuse("It needs something to copy, and a path from the root.");
      if (args.length > 1 && !to.endsWith("/")) refuse("Several files go into a folder, whose name ends with a slash.");
      for (const path of args) {
        if (!/^[\w./-]+$/.test(path) || path.startsWith("-")) refuse("Only plain paths are understood.");
        if (path.split("/").includes("..") || path.startsWith("/") !== (from !== undefined))
          refuse("What is copied lies in the Dockerfile's folder, or has its whole path in an earlier stage.");
      }
      return { word, from, sources: args, to };
    }
    case "VOLUME":
      return { word, paths: list() };
    case "WORKDIR":
      if (!/^\/[\w./-]*$/.test(rest)) refuse("Only a path from the root is understood.");
      return { word, path: rest };
    case "USER": {
      const [, user = refuse("Only the numbers of a user and a group are understood."), group = ""] =
        /^(\d+):(\d+)$/.exec(rest) ?? [];
      return { word, user, group };
    }
    case "ENV": {
      if (!/^[A-Z_]+=[\w./-]+( +[A-Z_]+=[\w./-]+)*$/.test(rest))
        refuse("Only NAME=value, without quotes, is understood.");
      return { word, variables: Object.fromEntries(rest.split(/ +/).map((one) => one.split("=") as [string, string])) };
    }
    case "HEALTHCHECK":
      if (rest !== "NONE") refuse("Only NONE is understood.");
      return { word };
    case "ENTRYPOINT":
    case "CMD":
      return { word, args: list() };
    default:
      return refuse("This instruction is not known to the rehearsal.");
  }
}
