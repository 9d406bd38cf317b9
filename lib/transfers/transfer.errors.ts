import { VisibleError } from "#lib/kernel/errors.ts";
import { exactBytes } from "#lib/kernel/format.ts";

export class TransferNotFound extends VisibleError {
  constructor() {
    super("TransferNotFound", 404, "There is no such transfer, or it is not yours.");
  }
}

export class TransferExpired extends VisibleError {
  constructor() {
    super("TransferExpired", 410, "This transfer has expired. Its sender can extend it.");
  }
}

export class TransferDeleted extends VisibleError {
  constructor() {
    super("TransferDeleted", 410, "This transfer has been deleted by its sender.");
  }
}

export class TransferSealed extends VisibleError {
  constructor() {
    super("TransferSealed", 409, "This transfer is finished: no file can be added to it or taken out of it.");
  }
}

export class TransferChanged extends VisibleError {
  constructor() {
    super("TransferChanged", 409, "Someone changed this transfer at the same moment. Try again.");
  }
}

export class TransferPurged extends VisibleError {
  constructor() {
    super("TransferPurged", 410, "The files of this transfer are gone for good.");
  }
}

export class TransferNotDeleted extends VisibleError {
  constructor() {
    super("TransferNotDeleted", 409, "This transfer has not been deleted, so its files stay.");
  }
}

export class FilesMissing extends VisibleError {
  constructor(ordinals: number[]) {
    super("FilesMissing", 409, "Some files have not arrived yet, so the transfer can't be finished.", {
      details: { ordinals },
    });
  }
}

export class NoFiles extends VisibleError {
  constructor() {
    super("NoFiles", 422, "A transfer needs at least one file.");
  }
}

/** In decimal gigabytes, as limits are set; below one, in bytes. */
const size = (bytes: number) => (bytes < 1e9 ? exactBytes(bytes) : `${(bytes / 1e9).toLocaleString("en")} GB`);

export class FileTooLarge extends VisibleError {
  /** `file`: its index in the reservation, from 0. */
  constructor(limit: number, file: number) {
    super("FileTooLarge", 413, `A file may have ${size(limit)} at most here.`, { details: { limit, file } });
  }
}

export class TransferTooLarge extends VisibleError {
  constructor(limit: number) {
    super(
      "TransferTooLarge",
      413,
      `A transfer may have ${size(limit)} at most here. Send these files in another one.`,
      {
        details: { limit },
      },
    );
  }
}

export class QuotaReached extends VisibleError {
  constructor(holder: "member" | "workspace", limit: number) {
    const whose = holder === "member" ? "Your transfers" : "All transfers of this workspace";
    super(
      "QuotaReached",
      413,
      `${whose} may hold ${size(limit)} at most, with those in the trash. Delete one for good that is not needed, or ask for more.`,
      {
        details: { holder, limit },
      },
    );
  }
}
