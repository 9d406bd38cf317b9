/**
 * The inbox in the browser: every sent message, as its recipients would get it. A message's HTML is shown in a frame
 * that runs no script and loads nothing; links in it open in a new tab.
 */
import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { refuseForeignHost } from "../../core/hosts.ts";
import { isDelivered } from "./events.ts";
import { decodeWords, type Message } from "./message.ts";
import type { MessageStore } from "./store.ts";

const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; script-src 'none'";
/** For the frame, whose document inherits this page's policy: its own base element says where links open. */
const FRAME_POLICY = POLICY.replace("base-uri 'none'", "base-uri *");

/**
 * An HTTP server that is not listening yet; it answers for loopback names only. Mails contain guests' links, and every
 * user of this machine can connect to the port, so they are shown only in a browser that has opened `/?key=<key>`.
 */
export function createInbox(messages: MessageStore, key: string): Server {
  return createServer((request, response) => {
    const [path = "/", query] = (request.url ?? "/").split("?", 2);
    if (refuseForeignHost(request, response)) return;
    // Browsers send a cookie to every port of a host, so the cookie's name is different for each inbox.
    const name = `dormouse_inbox_${request.socket.localPort}`;
    if (isKey(new URLSearchParams(query).get("key"))) {
      const cookie = `${name}=${key}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax`;
      return void response.writeHead(303, { location: path, "set-cookie": cookie, "cache-control": "no-store" }).end();
    }
    if (!isKey(cookieOf(request, name))) return send(response, 403, "text/html", LOCKED);
    if (request.method === "POST" && path === "/clear") return clear(request, response);
    if (request.method !== "GET" && request.method !== "HEAD") return send(response, 405, "text/plain", "Read it.\n");
    if (path === "/") return send(response, 200, "text/html", listPage(messages.list()));
    if (path === "/messages.json") return send(response, 200, "application/json", JSON.stringify(messages.list()));
    const [, id = ""] = /^\/messages\/([\w-]+)$/.exec(path) ?? [];
    const message = id ? messages.find(id) : undefined;
    if (!message) return send(response, 404, "text/html", page("Nothing here", "<p>There is no such message.</p>"));
    return send(response, 200, "text/html", messagePage(message), FRAME_POLICY);
  });

  function isKey(given: string | null | undefined): boolean {
    const [one, other] = [Buffer.from(given ?? ""), Buffer.from(key)];
    return one.length === other.length && timingSafeEqual(one, other);
  }

  function clear(request: IncomingMessage, response: ServerResponse): void {
    // A form on another site could send this as well; browsers say which site a request comes from.
    if ((request.headers["sec-fetch-site"] ?? "same-origin") === "same-origin") {
      messages.clear();
      response.writeHead(303, { location: "/" }).end();
    } else {
      send(response, 403, "text/plain", "This request came from another site.\n");
    }
  }
}

const cookieOf = ({ headers }: IncomingMessage, name: string): string | undefined =>
  (headers.cookie ?? "")
    .split(/; */)
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1);

function send(response: ServerResponse, status: number, type: string, body: string, policy = POLICY): void {
  response.writeHead(status, {
    "content-type": `${type}; charset=utf-8`,
    "content-security-policy": policy,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
  });
  response.end(body);
}

const quoted = (text: string): string => text.replaceAll(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

const moment = (iso: string): string => `<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`;

function listPage(all: Message[]): string {
  const rows = all.map((message) => {
    const failed = message.to.some((to) => !isDelivered(to)) ? ' <span class="bad">came back</span>' : "";
    return `<li><a href="/messages/${message.id}"><b>${quoted(message.subject)}</b><span>to ${quoted(message.to.map(decodeWords).join(", "))}${failed}</span>${moment(message.at)}</a></li>`;
  });
  const list = rows.length === 0 ? "<p>No mail has been sent yet.</p>" : `<ul>${rows.join("")}</ul>`;
  const empty =
    rows.length === 0 ? "" : '<form method="post" action="/clear"><button>Delete all messages</button></form>';
  return page(
    "Inbox",
    `<p>Mail that this Dormouse sent. It goes nowhere else. <a href="/">Look again</a></p>${empty}${list}`,
  );
}

function messagePage(message: Message): string {
  const facts: [string, string][] = [
    ["From", decodeWords(message.from)],
    ["To", message.to.map(decodeWords).join(", ")],
    ...(message.replyTo.length > 0 ? ([["Reply to", message.replyTo.join(", ")]] as [string, string][]) : []),
    ...message.headers.map(({ name, value }): [string, string] => [name, value]),
  ];
  const framed = `<base target="_blank">${message.html}`;
  const body = [
    '<p><a href="/">All messages</a></p>',
    `<dl>${facts.map(([name, value]) => `<dt>${quoted(name)}</dt><dd>${quoted(value)}</dd>`).join("")}<dt>Sent</dt><dd>${moment(message.at)}</dd></dl>`,
    message.html
      ? `<h2>As HTML</h2><iframe title="The message as HTML" sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer" srcdoc="${quoted(framed)}"></iframe>`
      : "",
    message.text ? `<h2>As text</h2><pre tabindex="0">${quoted(message.text)}</pre>` : "",
  ];
  return page(message.subject, body.join(""));
}

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; --ink: light-dark(#18213b, #e9ecf6); --soft: light-dark(#465069, #b0bad1); --line: light-dark(#e0d9ca, #222d4a); --surface: light-dark(#fffdf8, #111930); --hazel: light-dark(#8b5716, #e0ac6b); }
body { margin: 0 auto; max-width: 46rem; padding: 1.5rem 1rem 3rem; background: light-dark(#f6f3ec, #0b1122); color: var(--ink); }
h1 { font-size: 1.4rem; line-height: 1.3; overflow-wrap: anywhere; } h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
a { color: var(--hazel); } ul { list-style: none; margin: 0; padding: 0; border: 1px solid var(--line); border-radius: 1rem; background: var(--surface); overflow: hidden; }
li + li { border-top: 1px solid var(--line); } li a { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: .7rem 1rem; color: inherit; text-decoration: none; } li b { flex: 1 1 100%; overflow-wrap: anywhere; } li span { flex: 1 1 14rem; color: var(--soft); overflow-wrap: anywhere; } time { color: var(--soft); font-variant-numeric: tabular-nums; }
li a:hover b { text-decoration: underline; } a:focus-visible, button:focus-visible, pre:focus-visible { outline: 2px solid var(--hazel); outline-offset: 2px; } li a:focus-visible { outline-offset: -3px; border-radius: 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: 0; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
iframe { width: 100%; height: 38rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--surface); } pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 1rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--surface); }
button { font: inherit; margin: 0 0 1rem; padding: .4rem .9rem; border: 1px solid var(--line); border-radius: .6rem; background: var(--surface); color: inherit; cursor: pointer; } .bad { color: light-dark(#a3312a, #f2968b); font-weight: 600; }`;

const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${quoted(title)} · Dormouse mail</title><style>${STYLE}</style></head><body><main><h1>${quoted(title)}</h1>${body}</main></body></html>`;

const LOCKED = page(
  "Inbox",
  "<p>Open this inbox with the link that <code>npm start</code> has printed. <code>npm run -s cloud -- inbox</code> prints it again.</p>",
);
