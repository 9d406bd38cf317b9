/**
 * What the owner of a deployment may choose, by environment variables of the deploying shell. Nothing here is needed:
 * without any, a stage has CloudFront's own domain and its alarms are seen in the console alone.
 */
const { DORMOUSE_DOMAIN, DORMOUSE_ALARM_EMAIL, DORMOUSE_BUDGET_USD, DORMOUSE_MAX_INSTANCES, DORMOUSE_MAX_DAYS } =
  process.env;

export const settings = {
  /** `files.example.com`, in a Route 53 zone of the account. */
  domain: DORMOUSE_DOMAIN || undefined,
  /** Who is told of alarms and of the budget; AWS asks for a confirmation by mail. */
  alarmEmail: DORMOUSE_ALARM_EMAIL || undefined,
  /** US dollars a month of the whole account's bill for this app's tag, from which on the owner is told. */
  monthlyBudget: DORMOUSE_BUDGET_USD || "20",
  /** Reserved concurrency of the web function: the most that a flood of requests can start. */
  maxInstances: Number(DORMOUSE_MAX_INSTANCES || 100),
  /** Days after which the bucket itself deletes what every other way of forgetting has missed. */
  maxRetentionDays: Number(DORMOUSE_MAX_DAYS || 400),
};
