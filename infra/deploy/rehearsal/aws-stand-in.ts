/**
 * A small AWS for a rehearsal: what our commands ask of an account, and what SST keeps there before Pulumi runs (its
 * parameters, its two buckets, the repository of its images). An administrator's: nothing that is known is refused.
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Reply = { status?: number; type?: string; headers?: Record<string, string>; body?: string | Buffer };
type Asked = { request: IncomingMessage; url: URL; service: string; operation: string; body: Buffer };

export type AwsStandIn = {
  url: string;
  /** Values of parameters by their names. */
  parameters: Map<string, string>;
  /** Objects by `bucket/key`. */
  objects: Map<string, Buffer>;
  /** Calls that nobody here knows, as `service operation`: something is asked of AWS that was not asked before. */
  unknown: string[];
  /** Hosts of the network that a program wanted to reach by way of the proxy, which is this address, too. */
  wanted: string[];
  /** Whether a machine's role was asked for: the metadata service is at this address as well. */
  roleWasAsked: () => boolean;
  close: () => void;
};

const ACCOUNT = "123456789012";
const CREDENTIALS = { AccessKeyId: "ASIAREHEARSAL", SecretAccessKey: "rehearsal", Token: "rehearsal" };

const json = (body: object, status = 200): Reply => ({
  status,
  type: "application/x-amz-json-1.1",
  body: JSON.stringify(body),
});
const xml = (body: string, status = 200): Reply => ({ status, type: "application/xml", body });
const s3Error = (code: string, status: number): Reply => xml(`<Error><Code>${code}</Code></Error>`, status);
const notFound = (type: string): Reply => ({
  ...json({ __type: type, message: "There is none." }, 400),
  headers: { "x-amzn-errortype": type },
});

export async function startAwsStandIn(): Promise<AwsStandIn> {
  const parameters = new Map<string, string>();
  const objects = new Map<string, Buffer>();
  const buckets = new Set<string>();
  const unknown: string[] = [];
  const wanted: string[] = [];
  let roleAsked = false;

  function ssm({ operation, body }: Asked): Reply | undefined {
    const { Name, Value, Overwrite } = JSON.parse(body.toString()) as Record<string, string>;
    if (!Name) return undefined;
    const there = parameters.get(Name);
    if (operation === "PutParameter") {
      if (there !== undefined && !Overwrite) return notFound("ParameterAlreadyExists");
      parameters.set(Name, Value ?? "");
      return json({ Version: 1 });
    }
    if (there === undefined) return notFound("ParameterNotFound");
    if (operation === "GetParameter") return json({ Parameter: { Name, Value: there, Type: "String", Version: 1 } });
    return operation === "DeleteParameter" && parameters.delete(Name) ? json({}) : undefined;
  }

  /** Path-style, as SDKs ask of an address without a name. */
  function s3({ request, url, body }: Asked): Reply | undefined {
    const [, bucket = "", ...rest] = decodeURIComponent(url.pathname).split("/");
    const key = rest.join("/");
    const isSetting = ["notification", "versioning", "policy"].some((name) => url.searchParams.has(name));
    if (!key && request.method === "PUT") {
      if (!isSetting) buckets.add(bucket);
      else if (!buckets.has(bucket)) return s3Error("NoSuchBucket", 404);
      return {};
    }
    if (!buckets.has(bucket)) return s3Error("NoSuchBucket", 404);
    if (!key) return s3OfBucket(request, url, bucket, body);
    const path = `${bucket}/${key}`;
    const there = objects.get(path);
    if (request.method === "PUT") {
      if (request.headers["if-none-match"] === "*" && there) return s3Error("PreconditionFailed", 412);
      const plain = String(request.headers["content-encoding"]).includes("aws-chunked") ? unchunked(body) : body;
      objects.set(path, plain);
      return { headers: { etag: etagOf(plain) } };
    }
    if (request.method === "DELETE") {
      objects.delete(path);
      return { status: 204 };
    }
    // An administrator may list, and so is told that it is missing.
    if (!there) return s3Error("NoSuchKey", 404);
    const isRead = request.method === "GET" || request.method === "HEAD";
    return isRead ? { type: "application/json", headers: { etag: etagOf(there) }, body: there } : undefined;
  }

  function s3OfBucket(request: IncomingMessage, url: URL, bucket: string, body: Buffer): Reply | undefined {
    if (request.method === "POST" && url.searchParams.has("delete")) {
      for (const [, key] of body.toString().matchAll(/<Key>([^<]+)<\/Key>/g)) objects.delete(`${bucket}/${key}`);
      return xml("<DeleteResult/>");
    }
    if (request.method !== "GET") return undefined;
    const prefix = `${bucket}/${url.searchParams.get("prefix") ?? ""}`;
    const found = [...objects.keys()].filter((path) => path.startsWith(prefix)).sort();
    const keys = found.map((path) => path.slice(bucket.length + 1));
    if (url.searchParams.has("versions")) {
      const versions = keys.map(
        (key) => `<Version><Key>${key}</Key><VersionId>null</VersionId><IsLatest>true</IsLatest></Version>`,
      );
      return xml(`<ListVersionsResult><IsTruncated>false</IsTruncated>${versions.join("")}</ListVersionsResult>`);
    }
    const contents = keys.map((key) => `<Contents><Key>${key}</Key></Contents>`);
    return xml(`<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join("")}</ListBucketResult>`);
  }

  const services: Record<string, (asked: Asked) => Reply | undefined> = {
    ssm,
    s3,
    ecr: () => json({ repository: { registryId: ACCOUNT, repositoryUri: `${ACCOUNT}.dkr.ecr/sst-asset` } }),
    sts: ({ body }) =>
      body.includes("Action=GetCallerIdentity")
        ? xml(
            `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>${ACCOUNT}</Account><Arn>arn:aws:iam::${ACCOUNT}:root</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`,
          )
        : undefined,
    lambda({ url }) {
      if (url.pathname.includes("/account-settings"))
        return json({ AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 1000 } });
      return url.pathname.endsWith("/concurrency")
        ? { ...notFound("ResourceNotFoundException"), status: 404 }
        : undefined;
    },
    servicequotas: () => json({ Quota: { Value: 100 } }),
    budgets: () => json({ Budgets: [] }),
  };

  /** Where a machine on EC2 asks for its role and its keys ("Use IMDS" in the EC2 guide). */
  function metadata({ pathname }: URL): Reply | undefined {
    if (pathname === "/latest/api/token")
      return { type: "text/plain", headers: { "x-aws-ec2-metadata-token-ttl-seconds": "21600" }, body: "token" };
    if (!pathname.startsWith("/latest/meta-data/iam/security-credentials")) return undefined;
    roleAsked = true;
    if (pathname.endsWith("/deployer")) {
      const Expiration = new Date(Date.now() + 3_600_000).toISOString();
      return json({
        Code: "Success",
        Type: "AWS-HMAC",
        ...CREDENTIALS,
        Expiration,
        LastUpdated: "2026-01-01T00:00:00Z",
      });
    }
    return { type: "text/plain", body: "deployer" };
  }

  async function answer(request: IncomingMessage): Promise<Reply> {
    const url = new URL(request.url ?? "/", "http://stand-in");
    const body = await readAll(request);
    const told = url.pathname.startsWith("/latest/") ? metadata(url) : undefined;
    if (told) return told;
    const service =
      /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(request.headers.authorization ?? "")?.[1] ?? "nobody";
    const operation =
      String(request.headers["x-amz-target"] ?? `${request.method} ${url.pathname}`)
        .split(".")
        .at(-1) ?? "";
    const reply = services[service]?.({ request, url, service, operation, body });
    if (reply) return reply;
    unknown.push(`${service} ${operation}`);
    return json({ __type: "UnknownOperationException", message: `A rehearsal knows no ${service} ${operation}.` }, 501);
  }

  const server = createServer((request, response) => {
    answer(request).then(
      (reply) => send(request, response, reply),
      (error: unknown) => send(request, response, json({ message: String(error) }, 500)),
    );
  });
  // As a proxy it leads nowhere, and notes where to.
  server.on("connect", (request, socket) => {
    wanted.push(request.url ?? "");
    socket.end("HTTP/1.1 403 A rehearsal has no network\r\n\r\n");
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    parameters,
    objects,
    unknown,
    wanted,
    roleWasAsked: () => roleAsked,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const etagOf = (bytes: Buffer): string => `"${createHash("md5").update(bytes).digest("hex")}"`;

/** The bytes of a body in signed chunks ("aws-chunked"), whose trailers say nothing that is needed here. */
function unchunked(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = body.indexOf("\r\n", at);
    const size = Number.parseInt(body.subarray(at, end).toString(), 16);
    if (end < 0 || !size) return Buffer.concat(parts);
    parts.push(body.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function send(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  const { status = 200, type, headers = {}, body = "" } = reply;
  const length = status === 204 ? {} : { "content-length": Buffer.byteLength(body) };
  response.writeHead(status, { ...(type ? { "content-type": type } : {}), ...headers, ...length });
  response.end(request.method === "HEAD" || status === 204 ? undefined : body);
}
