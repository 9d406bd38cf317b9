import assert from "node:assert/strict";
import { test } from "node:test";
import { ElectroError } from "electrodb";
import { conditionalWrite, conditionHeld } from "./conditional-write.ts";

const cancelled = (...codes: string[]) => ({ canceled: true, data: codes.map((code) => ({ rejected: true, code })) });
const refusedWith = (name: string) => {
  const error = new Error(name);
  error.name = name;
  // Its constructor is not part of its types.
  return Reflect.construct(ElectroError, [undefined, name, error]) as ElectroError;
};

test("a successful write returns its answer, a refused one the failed conditions", async () => {
  assert.deepEqual(await conditionalWrite(async () => ({ data: 1 })), { held: true, answer: { data: 1 } });
  const failed = ["None", "ConditionalCheckFailed", "TransactionConflict"];
  assert.deepEqual(await conditionalWrite(async () => cancelled(...failed)), { held: false, failed: [1] });
  const refuse = async () => {
    throw refusedWith("ConditionalCheckFailedException");
  };
  assert.deepEqual(await conditionalWrite(refuse), { held: false, failed: [0] });
  assert.equal(await conditionHeld(refuse), false);
});

test("after a transaction conflict a write is repeated, of one row and of several", async () => {
  for (const conflict of [cancelled("TransactionConflict", "None"), refusedWith("TransactionConflictException")]) {
    let tries = 0;
    const write = async () => {
      if (++tries > 2) return { data: "written" };
      if (conflict instanceof Error) throw conflict;
      return conflict;
    };
    assert.equal(await conditionHeld(write), true);
    assert.equal(tries, 3);
  }
});

test("conflicts that do not end throw, as do errors that are not about conditions", async (t) => {
  t.mock.method(Math, "random", () => 0);
  await assert.rejects(
    conditionHeld(async () => cancelled("TransactionConflict")),
    /transaction conflict/,
  );
  await assert.rejects(
    conditionHeld(async () => cancelled("None", "ValidationError")),
    /cancelled: None, ValidationError/,
  );
  await assert.rejects(
    conditionHeld(async () => {
      throw refusedWith("ProvisionedThroughputExceededException");
    }),
    ElectroError,
  );
});
