/** Rules of a Choice state: the comparisons that the workflow uses. */
import type { Json } from "../../core/json.ts";
import { runtimeFailure } from "./failure.ts";
import { checkPath, findPath, type Sources, UnsupportedDefinition } from "./paths.ts";

export type Rule = { Variable?: string; And?: Rule[]; Or?: Rule[]; Not?: Rule } & Record<string, unknown>;

type Comparison = { holds: (value: Json | undefined, wanted: unknown) => boolean; absent?: boolean };

const same = (type: "string" | "number" | "boolean"): Comparison => ({
  holds: (value, wanted) => typeof value === type && value === wanted,
});
const COMPARISONS: Record<string, Comparison> = {
  StringEquals: same("string"),
  NumericEquals: same("number"),
  BooleanEquals: same("boolean"),
  NumericGreaterThan: { holds: (value, wanted) => typeof value === "number" && value > Number(wanted) },
  IsPresent: { holds: (value, wanted) => (value !== undefined) === wanted, absent: true },
};

/** Throws States.Runtime when a variable is missing, as on AWS; only IsPresent may ask for a missing one. */
export function holds(rule: Rule, sources: Sources): boolean {
  if (rule.And) return rule.And.every((one) => holds(one, sources));
  if (rule.Or) return rule.Or.some((one) => holds(one, sources));
  if (rule.Not) return !holds(rule.Not, sources);
  const value = findPath(rule.Variable ?? "$", sources);
  return Object.entries(COMPARISONS).some(([name, comparison]) => {
    if (!(name in rule)) return false;
    if (value === undefined && !comparison.absent) {
      throw runtimeFailure(`Invalid path '${rule.Variable}': the Choice state's variable is not in the input`);
    }
    return comparison.holds(value, rule[name]);
  });
}

/** Throws UnsupportedDefinition for a rule that is not implemented. */
export function checkRule(rule: Rule): void {
  const nested = [rule.And ?? [], rule.Or ?? [], rule.Not ?? []].flat();
  const names = Object.keys(rule).filter((name) => !["Next", "Comment"].includes(name));
  if (nested.length > 0) {
    if (names.length !== 1) throw new UnsupportedDefinition(`A rule has more than one of ${names.join(", ")}`);
    for (const one of nested) checkRule(one);
    return;
  }
  checkPath(rule.Variable, "Variable");
  const [comparison = "", ...more] = names.filter((name) => name !== "Variable");
  if (more.length > 0 || !(comparison in COMPARISONS)) {
    throw new UnsupportedDefinition(`The local cloud does not compare by ${names.join(", ")}`);
  }
}
