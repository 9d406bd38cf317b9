/** Listens on loopback, with errors that a person can act on. */
import type { Server as HttpServer } from "node:http";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { CommandError } from "./command-error.ts";

/** Throws CommandError when one of the ports is taken. */
export async function requireFreePorts(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const probe = createServer();
    await bind(probe, port, "127.0.0.1");
    await new Promise((resolve) => probe.close(resolve));
  }
}

export type Listening = { close(): void };

/**
 * Listens on 127.0.0.1 and, where the system has it, on ::1, because "localhost" means the one to some programs and the
 * other to others. Throws CommandError when the port is taken.
 */
export async function listen(server: Server | HttpServer, port: number): Promise<Listening> {
  await bind(server, port, "127.0.0.1");
  const six = forwarderTo(server);
  const hasSix = await bind(six, port, "::1").catch((error: unknown) => {
    server.close();
    throw error;
  });
  return {
    close() {
      server.close();
      if (hasSix) six.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
    },
  };
}

/** Another server, to be opened elsewhere, that passes its connections to this one. */
export const forwarderTo = (server: Server | HttpServer): Server =>
  createServer({ pauseOnConnect: "pauseOnConnect" in server && server.pauseOnConnect === true }, (socket) =>
    server.emit("connection", socket),
  );

/** Opens a TCP connection. */
export const connectTo = (host: string, port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, host, () => {
      socket.off("error", reject);
      resolve(socket);
    }).once("error", reject);
  });

/** Resolves when the child accepts connections. Throws when the child ends before that, or takes too long. */
export async function reachable(open: () => Promise<Socket>, exited: Promise<void>, deadlineMs: number): Promise<void> {
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  for (const end = Date.now() + deadlineMs; !ended && Date.now() < end; await delay(5)) {
    const socket = await open().catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ECONNREFUSED") throw error;
    });
    socket?.destroy();
    if (socket && !ended) return;
  }
  throw new Error("It takes no connections");
}

/** False when the system does not have that address. */
function bind(server: Server | HttpServer, port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      if (error.code === "EADDRNOTAVAIL" || error.code === "EAFNOSUPPORT") resolve(false);
      else reject(explain(error, port));
    };
    server.once("error", failed);
    server.listen(port, host, () => {
      server.off("error", failed);
      resolve(true);
    });
  });
}

function explain(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code === "EADDRINUSE") {
    return new CommandError(
      `Port ${port} is taken. Choose another: PORT=4000 npm start (it and the five ports after it are used).`,
    );
  }
  if (error.code === "EACCES")
    return new CommandError(`Port ${port} needs more rights. Choose another: PORT=4000 npm start.`);
  return error;
}
