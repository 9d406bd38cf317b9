/** The stand-in answers the SDKs as AWS does where a deployment depends on it. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { after, test } from "node:test";
import { GetAccountSettingsCommand, LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { callAws } from "../call-aws.ts";
import { startAwsStandIn } from "./aws-stand-in.ts";
import { FAULTS, putBack } from "./rehearse.ts";

const aws = await startAwsStandIn();
after(aws.close);
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" };
const options = { endpoint: aws.url, region: "eu-west-1", credentials, maxAttempts: 1 };
const s3 = new S3Client({ ...options, forcePathStyle: true });
const lambda = new LambdaClient(options);

test("a bucket keeps objects; what is missing, bucket or object, is said by its name", async () => {
  const at = { Bucket: "sst-state", Key: "app/dormouse/ada.json" };
  await assert.rejects(s3.send(new PutObjectCommand({ ...at, Body: "{}" })), { name: "NoSuchBucket" });
  await s3.send(new CreateBucketCommand({ Bucket: at.Bucket }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: at.Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  await assert.rejects(s3.send(new GetObjectCommand(at)), { name: "NoSuchKey" });
  await s3.send(new PutObjectCommand({ ...at, Body: '{"a":1}' }));
  assert.equal(await (await s3.send(new GetObjectCommand(at))).Body?.transformToString(), '{"a":1}');
  await assert.rejects(s3.send(new PutObjectCommand({ ...at, Body: "", IfNoneMatch: "*" })), {
    name: "PreconditionFailed",
  });
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: at.Bucket, Prefix: "app/" }));
  assert.deepEqual(
    Contents?.map(({ Key }) => Key),
    [at.Key],
  );
  await s3.send(new DeleteObjectCommand(at));
  assert.equal(aws.objects.size, 0);
});

test("a parameter is there once it was put, and is not put twice unless that is wanted", async () => {
  const ask = (operation: string, input: object) =>
    callAws(
      { region: "eu-west-1", credentials },
      { service: "ssm", variable: "SSM", host: new URL(aws.url).host, target: `AmazonSSM.${operation}`, input },
    );
  process.env.AWS_ENDPOINT_URL_SSM = aws.url;
  const Name = "/sst/passphrase/dormouse/ada";
  assert.deepEqual((await ask("GetParameter", { Name })).body, {
    __type: "ParameterNotFound",
    message: "There is none.",
  });
  assert.equal((await ask("PutParameter", { Name, Value: "a" })).status, 200);
  assert.equal((await ask("PutParameter", { Name, Value: "b" })).status, 400);
  assert.equal((await ask("PutParameter", { Name, Value: "c", Overwrite: true })).status, 200);
  assert.equal(aws.parameters.get(Name), "c");
});

test("a call that it does not know is refused and noted; those of our preflight it knows", async () => {
  assert.equal((await lambda.send(new GetAccountSettingsCommand({}))).AccountLimit?.ConcurrentExecutions, 1000);
  assert.deepEqual(aws.unknown, []);
  await assert.rejects(lambda.send(new ListFunctionsCommand({})));
  assert.deepEqual(aws.unknown, ["lambda GET /2015-03-31/functions"]);
});

test("as a proxy it leads nowhere and notes where to; as a machine's metadata it gives its role's keys", async () => {
  const { hostname, port } = new URL(aws.url);
  const status = await new Promise((resolve) => {
    const tunnel = request({ hostname, port, method: "CONNECT", path: "github.com:443" });
    tunnel.once("connect", ({ statusCode }) => resolve(statusCode)).end();
  });
  assert.equal(status, 403);
  assert.deepEqual(aws.wanted, ["github.com:443"]);
  assert.equal(aws.roleWasAsked(), false);
  const got = await fetch(`${aws.url}/latest/meta-data/iam/security-credentials/deployer`);
  assert.equal(((await got.json()) as { AccessKeyId: string }).AccessKeyId, "ASIAREHEARSAL");
  assert.equal(aws.roleWasAsked(), true);
});

test("each fault that the rehearsal puts back can still be put back", () => {
  for (const changes of Object.values(FAULTS)) for (const change of changes) putBack(process.cwd(), change);
});
