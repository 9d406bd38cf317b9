import { COMMAND_NAMES, type CommandName, commandOf, EVERYWHERE, EXIT_CODES, type Option, VARIABLES } from "./table.ts";

/** “dormouse send [options] PATH...” */
export function usageOf(name: CommandName): string {
  const words = commandOf(name).arguments.map(({ name: argument, required, many }) => {
    const word = many ? `${argument}...` : argument;
    return required ? word : `[${word}]`;
  });
  return ["dormouse", name, "[options]", ...words].join(" ");
}

/** “-t, --title TEXT” */
export const flagsOf = (name: string, { short, value }: Option): string =>
  `${short ? `-${short}, ` : ""}--${name}${value ? ` ${value}` : ""}`;

export const optionsOf = (name: CommandName): [flags: string, about: string][] =>
  Object.entries<Option>({ ...commandOf(name).options, ...EVERYWHERE }).map(([option, about]) => [
    flagsOf(option, about),
    about.about,
  ]);

/** How one command is used, for a terminal. */
export function helpOf(name: CommandName): string {
  const { summary, about } = commandOf(name);
  const paragraphs = [`${summary}.`, ...(about ? [wrap(about, 80).join("\n")] : [])];
  return `Usage: ${usageOf(name)}\n\n${paragraphs.join("\n\n")}\n\nOptions:\n${columns(optionsOf(name))}\n`;
}

/** All commands, for a terminal. */
export const generalHelp = (): string => `Send and receive files of any size.

Usage: dormouse COMMAND [options]

Commands:
${columns(COMMAND_NAMES.map((name) => [name, commandOf(name).summary]))}

Options:
${columns([...Object.entries<Option>(EVERYWHERE).map(([name, one]): [string, string] => [flagsOf(name, one), one.about]), ["-V, --version", "Show the program's version."]])}

Environment:
${columns(Object.entries(VARIABLES))}

Exit codes:
${columns(Object.values(EXIT_CODES).map(([code, about]) => [`${code}`, about]))}
`;

const WIDTH = 80;

function columns(rows: readonly (readonly [string, string])[]): string {
  const left = Math.max(...rows.map(([name]) => name.length)) + 4;
  return rows
    .map(([name, about]) => `  ${name.padEnd(left - 2)}${wrap(about, WIDTH - left).join(`\n${" ".repeat(left)}`)}`)
    .join("\n");
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
