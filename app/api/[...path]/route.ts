import { PollDeviceLogin, StartDeviceLogin } from "#lib/device-login/device-login.schema.ts";
import { pollDeviceLogin } from "#lib/device-login/poll-device-login.ts";
import { startDeviceLogin } from "#lib/device-login/start-device-login.ts";
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
import { anyonePost, memberGet, memberPost } from "#lib/web/protocol-route.ts";
import { routeTable } from "#lib/web/route-table.ts";
import { getRuns } from "#lib/workflow/get-runs.ts";
import { GetRuns } from "#lib/workflow/run.schema.ts";

/**
 * What programs of the page call: the upload protocol, the runs of a transfer while someone looks at them; and how a
 * program asks to be signed in (RFC 8628, in JSON).
 */
export const { GET, POST } = routeTable()(
  {
    "POST upload/v1/begin": memberPost(BeginInput, beginTransfer),
    "POST upload/v1/reserve": memberPost(ReserveInput, reserveFiles),
    "POST upload/v1/sign": memberPost(SignInput, signParts),
    "POST upload/v1/complete": memberPost(CompleteInput, completeFiles),
    "POST upload/v1/cancel": memberPost(CancelInput, cancelFiles),
    "POST upload/v1/seal": memberPost(SealInput, sealTransfer),
    "GET upload/v1/status": memberGet(StatusInput, getUploadStatus),
    "POST device/start": anyonePost(StartDeviceLogin, startDeviceLogin),
    "POST device/poll": anyonePost(PollDeviceLogin, pollDeviceLogin),
    "GET transfers/:id/runs": memberGet(GetRuns, getRuns, ({ id }) => ({ transferId: id })),
  },
  () => ({ href: "/transfers", label: "Back to the transfers" }),
);
