import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { z } from "zod";
import type { Ctx } from "#lib/kernel/ctx.ts";
import { sealTransfer } from "#lib/transfers/seal-transfer.ts";
import { beginTransfer } from "#lib/uploads/begin-transfer.ts";
import { cancelFiles } from "#lib/uploads/cancel-files.ts";
import { completeFiles } from "#lib/uploads/complete-files.ts";
import { getUploadStatus } from "#lib/uploads/get-upload-status.ts";
import { reserveFiles } from "#lib/uploads/reserve-files.ts";
import { signParts } from "#lib/uploads/sign-parts.ts";
import {
  BeginInput,
  CancelInput,
  CompleteInput,
  ReserveInput,
  SealInput,
  SignInput,
  StatusInput,
} from "#lib/uploads/upload-protocol.schema.ts";
import { bodyOf, toVisible } from "#lib/web/errors.ts";

type Route = (ctx: Ctx, body: unknown) => Promise<unknown>;

const route =
  <S extends z.ZodType, R>(schema: S, verb: (ctx: Ctx, input: z.output<S>) => Promise<R>): Route =>
  (ctx, body) =>
    verb(ctx, schema.parse(body));

const routes: Record<string, Route> = {
  begin: route(BeginInput, beginTransfer),
  reserve: route(ReserveInput, reserveFiles),
  sign: route(SignInput, signParts),
  complete: route(CompleteInput, completeFiles),
  cancel: route(CancelInput, cancelFiles),
  seal: route(SealInput, sealTransfer),
  status: route(StatusInput, getUploadStatus),
};

/**
 * `lost`: the call is executed and its answer is lost. `broken`: 503. `{ status, code }`: this error instead of an
 * answer.
 */
export type AppFault = "lost" | "broken" | { status: number; code: string };

export type SeenCall = { name: string; body: Record<string, unknown>; bytes: number };

/** The upload protocol's routes with the real verbs, without Next.js. */
export class App {
  judge: (call: { name: string; number: number }) => AppFault | undefined = () => undefined;
  calls: SeenCall[] = [];
  #ctx: Ctx | undefined;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Resets everything for a new test: its own caller, no faults, no recorded calls. */
  reset(ctx: Ctx): void {
    this.#ctx = ctx;
    this.judge = () => undefined;
    this.calls = [];
  }

  count(name: string): number {
    return this.calls.filter((call) => call.name === name).length;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://app");
    const name = pathname.split("/").at(-1) ?? "";
    const text = Buffer.concat(await request.toArray()).toString();
    const body = text === "" ? Object.fromEntries(searchParams) : JSON.parse(text);
    const call: SeenCall = { name, body, bytes: text.length };
    this.calls.push(call);
    const fault = this.judge({ name, number: this.count(name) });
    const [status, output] = await this.#outcome(call, fault);
    if (fault === "lost") return void request.socket.destroy();
    const answer = JSON.stringify(output);
    call.bytes += answer.length;
    response.writeHead(status, { "content-type": "application/json" });
    response.end(answer);
  }

  async #outcome(call: SeenCall, fault: AppFault | undefined): Promise<[status: number, body: unknown]> {
    if (fault === "broken") return [503, { error: { code: "Broken", message: "Broken for a moment." } }];
    if (typeof fault === "object")
      return [fault.status, { error: { code: fault.code, message: "Refused by the test." } }];
    try {
      return [200, this.#ctx && (await routes[call.name]?.(this.#ctx, call.body))];
    } catch (error) {
      const visible = toVisible(error);
      return [visible.status, { error: bodyOf(visible) }];
    }
  }
}
