/**
 * The runtime inside an instance of a function. It does what Lambda's Node.js runtime does, over the same Runtime API
 * ("Using the Lambda runtime API for custom runtimes" in the Lambda developer guide). Plain JavaScript, so that only
 * the function itself must be loaded before it can serve.
 */
import { Agent, request } from "node:http";
import { join } from "node:path";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const INTEGRATION_RESPONSE = "application/vnd.awslambda.http-integration-response";
const socketPath = process.env.AWS_LAMBDA_RUNTIME_API;
const agent = new Agent({ keepAlive: true, maxSockets: 4 });

// The router has ended. Lambda would have frozen this instance for good.
process.on("disconnect", () => process.exit(0));
// The router decides when an instance ends, also when Ctrl-C reaches every process of the terminal.
process.on("SIGINT", () => undefined);

globalThis.awslambda = {
  streamifyResponse(handler) {
    handler[STREAMING] = true;
    return handler;
  },
  HttpResponseStream: {
    from(stream, prelude) {
      stream.setContentType(INTEGRATION_RESPONSE);
      stream.write(JSON.stringify(prelude));
      stream.write(new Uint8Array(8));
      return stream;
    },
  },
};

/** Opens a request to the Runtime API. `answer` resolves to status, headers and text of its answer. */
function call(method, path, headers = {}) {
  const outgoing = request({ socketPath, agent, method, path: `/2018-06-01/runtime${path}`, headers });
  const answer = new Promise((resolve, reject) => {
    outgoing.once("error", reject);
    outgoing.once("response", async (response) => {
      const chunks = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({ status: response.statusCode, headers: response.headers, text: Buffer.concat(chunks).toString() });
    });
  });
  return { outgoing, answer };
}

const describe = (error) => ({
  errorMessage: error instanceof Error ? error.message : String(error),
  errorType: error instanceof Error ? error.name : typeof error,
  stackTrace:
    error instanceof Error
      ? (error.stack ?? "")
          .split("\n")
          .slice(1)
          .map((line) => line.trim())
      : [],
});

async function report(path, error) {
  const { outgoing, answer } = call("POST", path, {
    "content-type": "application/json",
    "lambda-runtime-function-error-type": describe(error).errorType,
  });
  outgoing.end(JSON.stringify(describe(error)));
  await answer;
}

/** The response of a streaming handler. Nothing is sent before its first byte, so that its type can still be set. */
class ResponseStream extends Writable {
  #id;
  #contentType = "application/octet-stream";
  #call;

  constructor(id) {
    super({ highWaterMark: 64 * 1024 });
    this.#id = id;
  }

  get started() {
    return this.#call !== undefined;
  }

  /** Resolves when the Runtime API has taken the whole response. */
  get answered() {
    return this.#call?.answer;
  }

  setContentType(type) {
    this.#contentType = type;
  }

  #open() {
    this.#call ??= call("POST", `/invocation/${this.#id}/response`, {
      "content-type": this.#contentType,
      "lambda-runtime-function-response-mode": "streaming",
      "transfer-encoding": "chunked",
      trailer: "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
    });
    this.#call.answer.catch((error) => this.destroy(error));
    return this.#call.outgoing;
  }

  _write(chunk, _encoding, done) {
    if (this.#open().write(chunk)) done();
    else this.#call.outgoing.once("drain", done);
  }

  _final(done) {
    this.#open().end(done);
  }

  /** Ends a response that has begun, with the error in its trailers. */
  async fail(error) {
    const body = Buffer.from(JSON.stringify(describe(error))).toString("base64");
    this.#call.outgoing.addTrailers({
      "Lambda-Runtime-Function-Error-Type": describe(error).errorType,
      "Lambda-Runtime-Function-Error-Body": body,
    });
    this.#call.outgoing.end();
    await this.#call.answer;
  }
}

async function stream(handler, event, context) {
  const response = new ResponseStream(context.awsRequestId);
  const finished = new Promise((resolve, reject) => response.once("finish", resolve).once("error", reject));
  finished.catch(() => undefined); // reported through the handler's own failure below
  try {
    await handler(event, response, context);
    await finished; // it may still be piped into: the handler's word that it is complete is end(), not its return
    await response.answered;
  } catch (error) {
    console.error(error);
    if (response.started) await response.fail(error);
    else await report(`/invocation/${context.awsRequestId}/error`, error);
  }
}

async function buffer(handler, event, context) {
  const path = `/invocation/${context.awsRequestId}`;
  let body;
  try {
    body = JSON.stringify((await handler(event, context)) ?? null);
  } catch (error) {
    console.error(error);
    return report(`${path}/error`, error);
  }
  const { outgoing, answer } = call("POST", `${path}/response`, { "content-type": "application/json" });
  outgoing.end(body);
  await answer;
}

async function load() {
  const at = process.env._HANDLER.lastIndexOf(".");
  const [file, name] = [process.env._HANDLER.slice(0, at), process.env._HANDLER.slice(at + 1)];
  const module = await import(pathToFileURL(join(process.env.LAMBDA_TASK_ROOT, `${file}.mjs`)).href);
  if (typeof module[name] !== "function") throw new Error(`${process.env._HANDLER} is not a function`);
  return module[name];
}

function contextOf(headers) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

let handler;
try {
  handler = await load();
} catch (error) {
  console.error(error);
  await report("/init/error", error);
  process.exit(1);
}
for (;;) {
  const { outgoing, answer } = call("GET", "/invocation/next");
  outgoing.end();
  const { headers, text } = await answer;
  process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"];
  const serve = handler[STREAMING] ? stream : buffer;
  await serve(handler, JSON.parse(text), contextOf(headers));
}
