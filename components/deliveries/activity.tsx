import {
  Bell,
  Download,
  Eye,
  FileX2,
  Link2,
  Link2Off,
  Lock,
  LockOpen,
  type LucideIcon,
  Mail,
  MailWarning,
  Undo2,
} from "lucide-react";
import type { ReactNode } from "react";
import { LocalTime } from "#components/ui/local-time.tsx";
import type { ActivityView } from "#lib/deliveries/delivery.schema.ts";
import { formatCount } from "#lib/kernel/format.ts";

const ICONS: Record<ActivityView["kind"], LucideIcon> = {
  mailed: Mail,
  opened: Eye,
  downloaded: Download,
  bounced: MailWarning,
  warned: Bell,
  removed: FileX2,
  restored: Undo2,
  released: LockOpen,
  closed: Lock,
  renewed: Link2,
  revoked: Link2Off,
};

/** What happened to a transfer, latest first. `notices` says where its sender is told of it as well. */
export function Activity({ entries, notices }: { entries: ActivityView[]; notices?: ReactNode }) {
  if (entries.length === 0 && !notices) return null;
  return (
    <section aria-labelledby="activity" className="rounded-card border border-line bg-surface">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
        <h2 id="activity" className="mr-auto font-semibold">
          Activity
        </h2>
        {notices}
      </div>
      {entries.length === 0 ? (
        <p className="border-line border-t px-4 py-4 text-soft text-sm">
          Nothing yet. You will see here who opens and who downloads.
        </p>
      ) : (
        <ul className="divide-y divide-line border-line border-t">
          {entries.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Entry({ entry }: { entry: ActivityView }) {
  const Icon = ICONS[entry.kind];
  return (
    <li className="flex items-start gap-3 px-4 py-2.5 text-sm">
      <Icon
        className={entry.kind === "bounced" ? "mt-0.5 size-4 shrink-0 text-bad" : "mt-0.5 size-4 shrink-0 text-faint"}
        aria-hidden
      />
      <p className="min-w-0 flex-1 [overflow-wrap:anywhere]">
        <Words entry={entry} />
        {entry.note ? <span className="text-soft"> {entry.note}</span> : null}
      </p>
      <span className="text-[0.8125rem] text-soft">
        <LocalTime iso={entry.at} format="minute" />
      </span>
    </li>
  );
}

function Words({ entry: { kind, who, count = 0 } }: { entry: ActivityView }) {
  const person = who ? (
    <bdi className="font-medium">{who}</bdi>
  ) : (
    <span className="font-medium">Someone with the link</span>
  );
  if (kind === "mailed") return <>Mailed {person}</>;
  if (kind === "warned") return <>Reminded {person} that it ends in 24 hours</>;
  if (kind === "bounced") return <>The mail to {person} could not be delivered.</>;
  if (kind === "removed") return <>{person} took out</>;
  if (kind === "restored") return <>{person} put back</>;
  if (kind === "released") return <>{person} opened a file by hand:</>;
  if (kind === "closed") return <>{person} closed a file by hand:</>;
  if (kind === "renewed") return <>{person} made a new link; the one before opens nothing any more.</>;
  if (kind === "revoked") return <>{person} closed the link of</>;
  if (kind === "opened") return <>{person} opened the link</>;
  return (
    <>
      {person} downloaded {formatCount(count, "file")}
    </>
  );
}
