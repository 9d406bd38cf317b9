import { parseArgs } from "node:util";
import { COMMANDS, type CommandName, commandOf, EVERYWHERE, type Given, isCommand } from "./table.ts";

/** The program was called in a way that it does not know; the message says which. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly command: CommandName | undefined;
  constructor(message: string, command?: CommandName) {
    super(message);
    this.command = command;
  }
}

export type Call = { [Name in CommandName]: { name: Name; given: Given<Name> } }[CommandName];

/** What the words after the program's name ask for. `version` and `help` stand for themselves. Throws UsageError. */
export function parseCall(words: readonly string[]): Call | "version" {
  const [first = "help", ...rest] = words;
  if (first === "--version" || first === "-V") return "version";
  if (first === "--help" || first === "-h") return { name: "help", given: { arguments: [], options: {} } };
  if (!isCommand(first)) throw new UsageError(`There is no command “${first}”.${nearest(first)}`);
  const given = parseCommand(first, rest);
  if (given.options.help) return { name: "help", given: { arguments: [first], options: {} } };
  // Guarantee: parsed by the options of this command.
  return { name: first, given } as Call;
}

function parseCommand<Name extends CommandName>(name: Name, words: readonly string[]): Given<Name> {
  const command = commandOf(name);
  const options = Object.entries({ ...EVERYWHERE, ...command.options }).map(([option, about]) => [
    option,
    {
      type: "value" in about ? ("string" as const) : ("boolean" as const),
      ...("short" in about && about.short ? { short: about.short } : {}),
      ...("many" in about ? { multiple: true } : {}),
    },
  ]);
  const { values, positionals } = attempt(name, () =>
    parseArgs({ args: [...words], options: Object.fromEntries(options), allowPositionals: true }),
  );
  // Guarantee: parsed by the options of this command.
  const given = { arguments: positionals, options: values as Given<Name>["options"] };
  if (!given.options.help) requireArguments(name, positionals);
  return given;
}

function attempt<T>(name: CommandName, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    if (!code.startsWith("ERR_PARSE_ARGS")) throw error;
    // Its second sentence is about programming.
    throw new UsageError(`${message.split(". ")[0]?.replace(/\.$/, "")}.`, name);
  }
}

function requireArguments(name: CommandName, given: readonly string[]): void {
  const wanted = commandOf(name).arguments;
  const missing = wanted.find(({ required }, index) => required && !given[index]);
  if (missing) throw new UsageError(`“${name}” needs ${missing.name}.`, name);
  if (given.length > wanted.length && !wanted.at(-1)?.many)
    throw new UsageError(`“${name}” does not know what to do with “${given[wanted.length]}”.`, name);
}

/** A whole number above 0. Throws UsageError. */
export function count(value: string, option: string, command: CommandName): number {
  if (!/^\d{1,9}$/.test(value) || Number(value) < 1)
    throw new UsageError(`--${option} takes a whole number above 0, and not “${value}”.`, command);
  return Number(value);
}

function nearest(word: string): string {
  const close = Object.keys(COMMANDS).find((name) => name.startsWith(word.slice(0, 2)) && word.length > 1);
  return close ? ` Did you mean “${close}”?` : " `dormouse help` lists them.";
}
