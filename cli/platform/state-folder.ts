import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * The folder for what a later run needs, as the XDG Base Directory Specification has it: `$XDG_STATE_HOME/dormouse`,
 * else `~/.local/state/dormouse`; on Windows below `%LOCALAPPDATA%`.
 */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  const { XDG_STATE_HOME: state = "", LOCALAPPDATA: local = "" } = env;
  if (isAbsolute(state)) return join(state, "dormouse");
  if (process.platform === "win32" && isAbsolute(local)) return join(local, "dormouse", "state");
  return join(homedir(), ".local", "state", "dormouse");
}
