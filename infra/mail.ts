import { arnOf, nameOf } from "./names.ts";
import type { Right } from "./rights.ts";
import { readSettings } from "./settings.ts";

const { mailFrom } = readSettings();

/** Addresses that bounced or complained are not written to again; links are secrets, so mail travels over TLS alone. */
const settings = mailFrom
  ? new aws.sesv2.ConfigurationSet("MailSettings", {
      configurationSetName: nameOf("mail"),
      suppressionOptions: { suppressedReasons: ["BOUNCE", "COMPLAINT"] },
      deliveryOptions: { tlsPolicy: "REQUIRE" },
    })
  : undefined;

/** Whose mail it is, and by which settings it is sent. Without a sender nothing is sent, and the site says so. */
export const Mail = new sst.Linkable("Mail", {
  properties: { sender: mailFrom ?? "", ...(settings ? { configSet: settings.configurationSetName } : {}) },
});

/** To send as that sender, by its settings; nothing where there is none. */
export const sendMail: Right[] = [];

/** What SES tells of mail that came back, as a pattern of EventBridge. */
export let mailEvents: $util.Output<string> | undefined;

if (mailFrom && settings) {
  // AWS mails the address a confirmation.
  new aws.sesv2.EmailIdentity("MailSender", {
    emailIdentity: mailFrom,
    configurationSetName: settings.configurationSetName,
  });
  // To the account's own bus, which is the only one that SES knows and costs nothing.
  new aws.sesv2.ConfigurationSetEventDestination("MailEvents", {
    configurationSetName: settings.configurationSetName,
    eventDestinationName: "bounces",
    eventDestination: {
      enabled: true,
      matchingEventTypes: ["BOUNCE", "COMPLAINT", "REJECT"],
      eventBridgeDestination: { eventBusArn: arnOf("events", "event-bus/default") },
    },
  });
  mailEvents = $jsonStringify({
    source: ["aws.ses"],
    detail: { mail: { tags: { "ses:configuration-set": [settings.configurationSetName] } } },
  });
  sendMail.push({
    actions: ["ses:SendEmail"],
    // While an account is in SES's sandbox, a recipient's identity is asked for its consent, too.
    resources: [arnOf("ses", "identity/*"), settings.arn],
    conditions: [{ test: "StringEquals", variable: "ses:FromAddress", values: [mailFrom] }],
  });
}
