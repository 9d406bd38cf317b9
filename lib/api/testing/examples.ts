/** Inputs of operations, for tests of all of them. */
import { randomToken } from "#lib/kernel/id.ts";
import type { Operation } from "../operation.ts";
import type { operations } from "../operations.ts";
import type { ApiRequest } from "../serve.ts";

const CRC64 = "AAAAAAAAAAA=";

/** An input of each operation that is valid in form: an operation without one does not compile. */
export const examplesFor = (id: string, deliveryId: string): Record<keyof typeof operations, object> => ({
  getCaller: {},
  listTransfers: {},
  getTransfer: { id },
  editTransfer: { id, title: "Other", message: "" },
  extendTransfer: { id, expiryDays: 3 },
  deleteTransfer: { id },
  restoreTransfer: { id },
  purgeTransfer: { id },
  renewLink: { id },
  listActivity: { id },
  listRuns: { id },
  restartRun: { id, wave: 1 },
  listFiles: { id },
  downloadFile: { id, ordinal: 0 },
  removeFile: { id, ordinal: 0 },
  restoreFile: { id, ordinal: 0 },
  decideFile: { id, ordinal: 0, decision: "open" },
  listDeliveries: { transferId: id },
  addDeliveries: { transferId: id, recipients: [{ email: "bob@example.org" }] },
  resendDelivery: { transferId: id, id: deliveryId },
  revokeDelivery: { transferId: id, id: deliveryId },
  beginTransfer: { transfer: { title: "Results" }, batch: randomToken(), files: [] },
  reserveFiles: {
    transferId: id,
    firstOrdinal: 0,
    batch: randomToken(),
    files: [{ path: "a.txt", size: 1, partSize: 5 * 1024 ** 2 }],
  },
  signParts: { transferId: id, parts: [{ ordinal: 0, part: 1, crc64: CRC64 }] },
  completeFiles: { transferId: id, files: [{ ordinal: 0, crc64: CRC64 }] },
  getUploadStatus: { transferId: id },
  cancelFiles: { transferId: id, ordinals: [0] },
  sealTransfer: { transferId: id },
  getWorkspace: {},
  editWorkspace: { name: "Hazel", expiryDays: 7, linkPreview: "title" },
  setLimits: { limits: { workspace: 1024 ** 4 } },
  setScanPolicy: { policy: "before" },
  setTrashPeriod: { days: 3 },
  listWebhooks: {},
  createWebhook: { url: "https://receiver.example/hook", events: ["transfer.ready"] },
  getWebhook: { id: `wh_${"a".repeat(22)}` },
  editWebhook: { id: `wh_${"a".repeat(22)}`, enabled: false },
  deleteWebhook: { id: `wh_${"a".repeat(22)}` },
  rotateWebhookSecret: { id: `wh_${"a".repeat(22)}` },
  testWebhook: { id: `wh_${"a".repeat(22)}` },
  listWebhookMessages: { id: `wh_${"a".repeat(22)}` },
  resendWebhookMessage: { webhookId: `wh_${"a".repeat(22)}`, id: "msg_a" },
});

/** The request that asks for an operation with an input: what the path names, and the rest in its query or body. */
export function requestOf({ method, path }: Operation, input: object): Omit<ApiRequest, "requestContext"> {
  const rest: Record<string, unknown> = { ...input };
  const rawPath = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(rest[name]);
    delete rest[name];
    return value;
  });
  if (Object.keys(rest).length === 0) return { rawPath, headers: {} };
  if (method === "GET" || method === "DELETE")
    return { rawPath, headers: {}, rawQueryString: `${new URLSearchParams(rest as Record<string, string>)}` };
  return { rawPath, headers: { "content-type": "application/json" }, body: JSON.stringify(rest) };
}
