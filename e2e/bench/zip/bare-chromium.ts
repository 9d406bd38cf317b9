/**
 * A Chromium as people have it. Under Playwright the tab keeps what it receives for the inspector, up to 200 MiB, so
 * that neither its memory nor its speed would be those of a tab.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { CHROMIUM_ARGS, requireWholeChromium } from "#infra/commands/chromium.ts";
import { largest, type Memory, memoryOf } from "../memory.ts";

type Answer = { id?: number; result?: Record<string, unknown>; error?: { message: string } };

export class BareChromium {
  readonly #process: ChildProcess;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #calls = 0;

  private constructor(process: ChildProcess, socket: WebSocket) {
    this.#process = process;
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const answer = JSON.parse(String(data)) as Answer;
      if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer);
    };
  }

  /** Keeps its profile in `folder`, and saves downloads there. */
  static async launch(folder: string): Promise<BareChromium> {
    const own = ["--headless=new", "--remote-debugging-port=0", `--user-data-dir=${join(folder, "profile")}`];
    const child = spawn(requireWholeChromium(), [...CHROMIUM_ARGS, ...own, "about:blank"], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, LC_ALL: "C.UTF-8" },
    });
    for await (const line of createInterface({ input: child.stderr })) {
      const [, url] = /^DevTools listening on (ws:.*)$/.exec(line) ?? [];
      if (!url) continue;
      const socket = new WebSocket(url);
      await new Promise((opened, failed) => {
        socket.onopen = opened;
        socket.onerror = failed;
      });
      child.stderr.resume();
      const browser = new BareChromium(child, socket);
      await browser.call("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder });
      return browser;
    }
    throw new Error("Chromium ended before it could be talked to.");
  }

  async call(method: string, params: object = {}, sessionId?: string): Promise<Record<string, unknown>> {
    const id = ++this.#calls;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params, ...(sessionId ? { sessionId } : {}) }));
    const { result, error } = await answered;
    this.#waiting.delete(id);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }

  /** Opens a page; answers a function that evaluates in it, and waits for promises. */
  async open(url: string): Promise<(expression: string) => Promise<unknown>> {
    const { targetId } = await this.call("Target.createTarget", { url });
    const { sessionId } = await this.call("Target.attachToTarget", { targetId, flatten: true });
    return async (expression) => {
      const params = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
      const { result, exceptionDetails } = await this.call("Runtime.evaluate", params, String(sessionId));
      if (exceptionDetails) throw new Error(`The page threw: ${JSON.stringify(exceptionDetails)}`);
      return (result as { value?: unknown }).value;
    };
  }

  /** Of the largest renderer, which is a tab or its worker, and of the browser's own process. */
  async memory(): Promise<{ tab: Memory; browser: Memory }> {
    const { processInfo } = (await this.call("SystemInfo.getProcessInfo")) as {
      processInfo: { type: string; id: number }[];
    };
    const of = (kind: string) => largest(processInfo.filter(({ type }) => type === kind).map(({ id }) => memoryOf(id)));
    return { tab: of("renderer"), browser: of("browser") };
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    await this.call("Browser.close").catch(() => this.#process.kill());
    await ended;
  }
}
