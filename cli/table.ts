/** Every command and option of the program: from here it is parsed, helped, documented and completed. */

export type Option = {
  /** What a value is called in the help; a switch without one. */
  value?: string;
  /** May be given several times. */
  many?: true;
  /** One letter. */
  short?: string;
  about: string;
};
export type Argument = { name: string; required?: true; many?: true };
export type Command = {
  summary: string;
  /** More sentences, for the help and the manual. */
  about?: string;
  arguments: readonly Argument[];
  options: Readonly<Record<string, Option>>;
};

const DAYS = { value: "DAYS" };

/** Of every command. */
export const EVERYWHERE = {
  json: { about: "Write the result as JSON, for programs." },
  help: { short: "h", about: "Show how the command is used." },
} as const satisfies Record<string, Option>;

const transfer = [{ name: "ID", required: true }] as const;

export const COMMANDS = {
  login: {
    summary: "Sign this machine in",
    about:
      "Without a key it shows a code and the page on which to approve it. A key is made in the settings; with --key - it is read from the standard input, so that it is in no list of processes.",
    arguments: [{ name: "URL" }],
    options: {
      key: { value: "KEY", about: "Sign in with this key, or - for the standard input." },
    },
  },
  logout: {
    summary: "Forget this machine's key",
    about: "The key itself stays valid until it is revoked in the settings.",
    arguments: [],
    options: {},
  },
  whoami: { summary: "Show whom the key acts for, and how far it reaches", arguments: [], options: {} },
  send: {
    summary: "Send files and folders as one transfer, and print its link",
    about:
      "A call that was interrupted goes on where it was when it is repeated. With - for a path it sends the standard input.",
    arguments: [{ name: "PATH", required: true, many: true }],
    options: {
      title: { short: "t", value: "TEXT", about: "What the transfer is called." },
      message: { short: "m", value: "TEXT", about: "What its recipients read." },
      to: { value: "ADDRESS", many: true, about: "Mail a link to this address; may be repeated." },
      expires: { ...DAYS, about: "After how many days it ends." },
      limit: { value: "COUNT", about: "How often each file may be downloaded." },
      name: { value: "NAME", about: "The file's name, where the standard input is sent." },
      wait: { about: "Wait until every file was checked and can be downloaded." },
    },
  },
  get: {
    summary: "Download what is behind a link, without signing in",
    about: "Files that were downloaded before are left as they are; a file that is broken off goes on where it was.",
    arguments: [{ name: "LINK", required: true }],
    options: {
      output: { short: "o", value: "DIR", about: "The folder to download into; by default the current one." },
      file: { value: "PATH", many: true, about: "Only this file or folder of the transfer; may be repeated." },
      force: { short: "f", about: "Replace files that are there." },
    },
  },
  list: {
    summary: "List transfers, the newest first",
    arguments: [],
    options: {
      everyone: { about: "All of the workspace's, where your role allows." },
      trash: { about: "Those that were deleted." },
      limit: { value: "COUNT", about: "How many at most; 50 by default." },
    },
  },
  show: { summary: "Show a transfer and its files", arguments: transfer, options: {} },
  link: {
    summary: "Print a transfer's link",
    arguments: transfer,
    options: { renew: { about: "Replace it first: the old one is refused from then on." } },
  },
  extend: {
    summary: "Let a transfer end so many days from now",
    arguments: transfer,
    options: { days: { ...DAYS, about: "From now; needed." } },
  },
  delete: { summary: "Close a transfer and put it into the trash", arguments: transfer, options: {} },
  restore: { summary: "Take a transfer out of the trash", arguments: transfer, options: {} },
  completion: {
    summary: "Print the completion of bash, zsh or fish",
    about: "For instance, in ~/.bashrc: source <(dormouse completion bash)",
    arguments: [{ name: "SHELL", required: true }],
    options: {},
  },
  help: { summary: "Show all commands, or how one is used", arguments: [{ name: "COMMAND" }], options: {} },
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof COMMANDS;

export const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[];

export const commandOf = (name: CommandName): Command => COMMANDS[name];

export const isCommand = (name: string): name is CommandName => Object.hasOwn(COMMANDS, name);

type ValueOf<O> = O extends { value: string } ? (O extends { many: true } ? string[] : string) : boolean;

/** What was given to a command; an option that was not given is absent. */
export type Given<Name extends CommandName> = {
  arguments: string[];
  options: { [O in keyof (typeof COMMANDS)[Name]["options"]]?: ValueOf<(typeof COMMANDS)[Name]["options"][O]> } & {
    json?: boolean;
    help?: boolean;
  };
};

/** What the program answers to whoever called it. */
export const EXIT_CODES = {
  ok: [0, "It was done."],
  failed: [1, "It failed."],
  usage: [2, "It was called in a way that it does not know."],
  refused: [3, "Not signed in, or no right to it."],
  missing: [4, "It is not there, or no longer."],
  network: [5, "The server was not reached."],
  interrupted: [130, "It was interrupted."],
} as const satisfies Record<string, readonly [code: number, about: string]>;

export const VARIABLES = {
  DORMOUSE_URL: "The site to use, instead of the one that was signed in to last.",
  DORMOUSE_KEY: "The key to use, instead of the kept one.",
  XDG_CONFIG_HOME: "Where the folder dormouse with the configuration is; ~/.config by default.",
  NO_COLOR: "Without colours, whatever the terminal can do.",
} as const;
