/** JSON as the program interface takes it: what parsers read in different ways is refused. */
import { InvalidInput } from "#lib/kernel/errors.ts";

/** Objects and lists within each other. */
const MAX_DEPTH = 20;
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/** Throws InvalidInput for what is no JSON, a name that an object has twice, `__proto__`, and what is nested too deep. */
export function parseStrictly(text: string): unknown {
  const read = parse(text);
  check(text);
  return read;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidInput("The body is not JSON in UTF-8.");
  }
}

/** Of text that is JSON. Without recursion: the depth is the caller's choice. */
function check(text: string): void {
  /** The names of each object that is open; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  let isName = false;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "{" || token === "[") {
      open.push(token === "{" ? new Set() : undefined);
      if (open.length > MAX_DEPTH) throw new InvalidInput(`A body is nested at most ${MAX_DEPTH} deep.`);
      isName = token === "{";
    } else if (token === "}" || token === "]") {
      open.pop();
      isName = false;
    } else if (token === ",") isName = open.at(-1) !== undefined;
    else if (token === ":") isName = false;
    else if (isName) checkName(JSON.parse(token) as string, open.at(-1));
  }
}

function checkName(name: string, names: Set<string> | undefined): void {
  const shown = name.slice(0, 100);
  if (name === "__proto__") throw new InvalidInput(`No field is called “${shown}”.`, { path: shown });
  if (names?.has(name)) throw new InvalidInput(`“${shown}” is said twice.`, { path: shown });
  names?.add(name);
}
