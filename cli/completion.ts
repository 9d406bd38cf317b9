import { COMMAND_NAMES, type CommandName, commandOf, EVERYWHERE, type Option } from "./table.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

export const isShell = (name: string): name is Shell => SHELLS.some((shell) => shell === name);

const optionsOf = (name: CommandName): [string, Option][] =>
  Object.entries({ ...commandOf(name).options, ...EVERYWHERE });

/** Whether what follows are files of this machine. */
const takesFiles = (name: CommandName): boolean => commandOf(name).arguments.some((one) => one.name === "PATH");

const words = (name: CommandName): string =>
  name === "completion" ? SHELLS.join(" ") : name === "help" ? COMMAND_NAMES.join(" ") : "";

/** A script that makes the shell complete commands and options. */
export const completionOf = (shell: Shell): string => ({ bash, zsh, fish })[shell]();

const bash = (): string => `_dormouse() {
  local word=\${COMP_WORDS[COMP_CWORD]} options='' words='' files=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${COMMAND_NAMES.join(" ")} --help --version' -- "$word"))
    return
  fi
  case \${COMP_WORDS[1]} in
${COMMAND_NAMES.map(
  (name) =>
    `    ${name}) options='${optionsOf(name)
      .map(([option]) => `--${option}`)
      .join(" ")}' words='${words(name)}' files=${takesFiles(name) ? "yes" : ""} ;;`,
).join("\n")}
  esac
  if [ "\${word#-}" != "$word" ]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
  elif [ "\${COMP_WORDS[COMP_CWORD-1]}" = --output ] || [ "\${COMP_WORDS[COMP_CWORD-1]}" = -o ]; then
    compopt -o filenames
    COMPREPLY=($(compgen -d -- "$word"))
  elif [ -n "$files" ]; then
    compopt -o default
  else
    COMPREPLY=($(compgen -W "$words" -- "$word"))
  fi
}
complete -F _dormouse dormouse
`;

const zshText = (text: string): string => text.replace(/'/g, "'\\''").replace(/[[\]:]/g, "\\$&");

const zsh = (): string => `#compdef dormouse
_dormouse() {
  local -a commands
  commands=(
${COMMAND_NAMES.map((name) => `    '${name}:${zshText(commandOf(name).summary)}'`).join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case $words[2] in
${COMMAND_NAMES.map((name) => {
  const options = optionsOf(name).map(([option, { about, value, many }]) => {
    const files = option === "output" ? "_files -/" : "";
    return `'${many ? "*" : ""}--${option}[${zshText(about)}]${value ? `:${value.toLowerCase()}:${files}` : ""}'`;
  });
  const rest = takesFiles(name) ? "'*:file:_files'" : words(name) ? `':word:(${words(name)})'` : "";
  return `    ${name}) shift words; (( CURRENT-- )); _arguments ${[...options, rest].filter(Boolean).join(" ")} ;;`;
}).join("\n")}
  esac
}
if [ "$funcstack[1]" = _dormouse ]; then _dormouse "$@"; else compdef _dormouse dormouse; fi
`;

const fishText = (text: string): string => text.replace(/[\\']/g, "\\$&");

const fish = (): string =>
  `${COMMAND_NAMES.flatMap((name) => {
    const here = `-n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c dormouse -f -n __fish_use_subcommand -a ${name} -d '${fishText(commandOf(name).summary)}'`,
      ...optionsOf(name).map(([option, { about, short, value }]) =>
        [
          `complete -c dormouse ${here} -l ${option}`,
          ...(short ? [`-s ${short}`] : []),
          ...(value ? [option === "output" ? "-r -a '(__fish_complete_directories)'" : "-x"] : []),
          `-d '${fishText(about)}'`,
        ].join(" "),
      ),
      ...(takesFiles(name) ? [`complete -c dormouse ${here} -F`] : []),
      ...(words(name) ? [`complete -c dormouse -f ${here} -a '${words(name)}'`] : []),
    ];
  }).join("\n")}\n`;
