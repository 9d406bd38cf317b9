/** Which AWS calls the application's code makes, as the IAM actions that they need. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PROJECT } from "./evaluate.ts";

/** From "Actions, resources, and condition keys for Amazon S3" in the service authorization reference. */
const S3_ACTIONS: Record<string, string[]> = {
  AbortMultipartUploadCommand: ["s3:AbortMultipartUpload"],
  CompleteMultipartUploadCommand: ["s3:PutObject"],
  CreateMultipartUploadCommand: ["s3:PutObject"],
  DeleteObjectsCommand: ["s3:DeleteObject"],
  GetObjectCommand: ["s3:GetObject"],
  HeadObjectCommand: ["s3:GetObject"],
  ListMultipartUploadsCommand: ["s3:ListBucketMultipartUploads"],
  ListObjectsV2Command: ["s3:ListBucket"],
  ListPartsCommand: ["s3:ListMultipartUploadParts"],
  PutObjectCommand: ["s3:PutObject"],
  UploadPartCommand: ["s3:PutObject"],
};

/** What ElectroDB makes of its methods; given a list it uses the batch operation. */
const ELECTRODB_ACTIONS: [pattern: RegExp, actions: string[]][] = [
  [/\.\s*get\(/, ["dynamodb:GetItem", "dynamodb:BatchGetItem"]],
  [/\.\s*query\s*\./, ["dynamodb:Query"]],
  [/\.\s*(create|put)\(/, ["dynamodb:PutItem", "dynamodb:BatchWriteItem"]],
  [/\.\s*(patch|update|upsert)\(/, ["dynamodb:UpdateItem"]],
  [/\.\s*(delete|remove)\(/, ["dynamodb:DeleteItem", "dynamodb:BatchWriteItem"]],
  [/\.\s*scan\b/, ["dynamodb:Scan"]],
];

/** The IAM actions that the code below lib/ and app/ needs. Throws for a command that has no entry here. */
export function actionsOfCode(): string[] {
  const actions = new Set<string>();
  for (const file of globSync("{app,lib}/**/*.{ts,tsx}", { cwd: PROJECT })) {
    if (/\.test\.ts$|(^|\/)testing\/|^lib\/upload-engine\//.test(file)) continue;
    const source = readFileSync(join(PROJECT, file), "utf8");
    for (const action of actionsIn(source)) actions.add(action);
  }
  return [...actions].sort();
}

/** The IAM actions that one module needs. */
export function actionsIn(source: string): string[] {
  const found: string[] = [];
  for (const [, names = ""] of source.matchAll(/import \{([^}]*)\} from "@aws-sdk\/client-(?!dynamodb")[\w-]+"/g)) {
    for (const command of names.match(/\w+Command\b/g) ?? []) {
      const actions = S3_ACTIONS[command];
      if (!actions) throw new Error(`${command} is not in the table of IAM actions.`);
      found.push(...actions);
    }
  }
  if (source.includes("#lib/db/service.ts")) {
    for (const [pattern, actions] of ELECTRODB_ACTIONS) if (pattern.test(source)) found.push(...actions);
  }
  return found;
}
