/** `npm run cli:manual`: writes the manual page `cli/dormouse.1`; with `--check` it only says whether it is fresh. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { optionsOf, usageOf } from "./help.ts";
import { COMMAND_NAMES, commandOf, EXIT_CODES, VARIABLES } from "./table.ts";

const FILE = join(import.meta.dirname, "dormouse.1");

/** Text of a page for man(1): what means something to it is escaped. */
const escaped = (text: string): string =>
  text
    .replace(/\\/g, "\\e")
    .replace(/-/g, "\\-")
    .replace(/^([.'])/gm, "\\&$1");

const item = (name: string, about: string): string => `.TP\n.B ${escaped(name)}\n${escaped(about)}`;

const describe = (name: (typeof COMMAND_NAMES)[number]): string => {
  const { summary, about } = commandOf(name);
  const options = optionsOf(name).filter(([flags]) => !/--(json|help)\b/.test(flags));
  const list = options.length > 0 ? `\n.RS\n${options.map(([flags, text]) => item(flags, text)).join("\n")}\n.RE` : "";
  return `${item(usageOf(name), `${summary}.${about ? ` ${about}` : ""}`)}${list}`;
};

const page = `.TH DORMOUSE 1 "" "" "Dormouse"
.SH NAME
dormouse \\- send and receive files of any size
.SH SYNOPSIS
.B dormouse
.I COMMAND
[options]
.SH COMMANDS
${COMMAND_NAMES.map(describe).join("\n")}
.SH OPTIONS OF EVERY COMMAND
${optionsOf("logout")
  .map(([flags, about]) => item(flags, about))
  .join("\n")}
.SH ENVIRONMENT
${Object.entries(VARIABLES)
  .map(([name, about]) => item(name, about))
  .join("\n")}
.SH EXIT STATUS
${Object.values(EXIT_CODES)
  .map(([code, about]) => item(`${code}`, about))
  .join("\n")}
.SH FILES
${item("$XDG_CONFIG_HOME/dormouse/config.json", "The site that was signed in to.")}
${item("$XDG_CONFIG_HOME/dormouse/credentials.json", "Its key. It is refused when others can read it.")}
`;

if (!process.argv.includes("--check")) writeFileSync(FILE, page);
else if (readFileSync(FILE, "utf8") !== page) {
  console.error("cli/dormouse.1 is stale: `npm run cli:manual` writes it anew.");
  process.exitCode = 1;
}
