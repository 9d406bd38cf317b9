/** A rule of a Choice state: a comparison of a variable, or several joined by And, Or or Not. */
export type Rule = { readonly [operator: string]: unknown };

const ABOUT = new Set(["Variable", "Next", "Comment"]);

/**
 * A condition as a person says it: `$.kind` equal to "picture" is "picture", `$.plan.files` equal to 0 is "no files",
 * `$.media.transcode` true is "transcode".
 */
export function conditionWords(rule: Rule): string {
  if (Array.isArray(rule.Or)) return rule.Or.map(conditionWords).join(" or ");
  if (Array.isArray(rule.And)) return rule.And.map(conditionWords).join(" and ");
  if (isRule(rule.Not)) return `not ${conditionWords(rule.Not)}`;
  const name = String(rule.Variable ?? "")
    .split(".")
    .at(-1);
  const [operator = "", value] = Object.entries(rule).find(([key]) => !ABOUT.has(key)) ?? [];
  if (operator === "BooleanEquals" || operator === "IsPresent") return value ? `${name}` : `no ${name}`;
  if (operator === "StringEquals") return String(value);
  if (operator === "NumericEquals") return value === 0 ? `no ${name}` : `${value} ${name}`;
  return `${name} ${splitWords(operator.replace(/^(String|Numeric|Timestamp)/, ""))} ${value}`;
}

const isRule = (value: unknown): value is Rule => typeof value === "object" && value !== null;

/** "GreaterThanEquals" becomes "greater than equals". */
export const splitWords = (name: string): string => name.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
