import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { test } from "node:test";

// Bundlers find the framework's entry without its ending, Node does not.
registerHooks({
  resolve: (name, context, next) => next(name === "next/headers" ? "next/headers.js" : name, context),
});
const { routeTable } = await import("./route-table.ts");

const { GET, POST } = routeTable<{ id: string }>()(
  {
    "GET files": () => Response.json("all"),
    "GET files/newest": () => Response.json("the newest"),
    "GET files/:ordinal": (_, params) => Response.json(params),
    "POST files/:ordinal": (request, { ordinal }) => Response.json(`${request.method} ${ordinal}`),
    "GET files/:ordinal/preview/:name": (_, params) => Response.json(params),
  },
  ({ id }) => ({ href: `/things/${id}`, label: "Back to the thing" }),
);

function call(method: string, path: string, accept = "*/*"): Promise<Response> {
  const request = new Request(`http://inside.test/things/7/${path}`, { method, headers: { accept } });
  return (method === "POST" ? POST : GET)(request, { params: Promise.resolve({ id: "7", path: path.split("/") }) });
}

test("a path finds its handler, with its own parameters and its folders'", async () => {
  assert.equal(await (await call("GET", "files")).json(), "all");
  assert.deepEqual(await (await call("GET", "files/3")).json(), { id: "7", ordinal: "3" });
  assert.deepEqual(await (await call("GET", "files/3/preview/thumb.webp")).json(), {
    id: "7",
    ordinal: "3",
    name: "thumb.webp",
  });
});

test("a literal path takes precedence over one with parameters", async () => {
  assert.equal(await (await call("GET", "files/newest")).json(), "the newest");
});

test("a method has its own handler; HEAD uses that of GET", async () => {
  assert.equal(await (await call("POST", "files/3")).json(), "POST 3");
  assert.equal((await call("HEAD", "files/3")).status, 200);
});

test("a method that a path does not have is answered with the allowed methods", async () => {
  const answer = await call("POST", "files");
  assert.deepEqual([answer.status, answer.headers.get("allow")], [405, "GET"]);
});

test("an unknown path is 404: a page with a link back for browsers, JSON for programs", async () => {
  for (const path of ["", "file", "files/3/preview", "files/3/preview/a/b"])
    assert.equal((await call("GET", path)).status, 404, path);
  const page = await call("GET", "file", "text/html");
  assert.match(await page.text(), /Page not found[\s\S]*There is nothing at this address[\s\S]*href="\/things\/7"/);
  const { error } = (await (await call("GET", "file")).json()) as { error: { code: string } };
  assert.equal(error.code, "PathNotFound");
});
