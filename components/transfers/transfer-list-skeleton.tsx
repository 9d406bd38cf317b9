import { Skeleton } from "#components/ui/skeleton.tsx";
import { VisuallyHidden } from "#components/ui/visually-hidden.tsx";

/** The place of the list while it is being read. */
export function TransferListSkeleton() {
  return (
    <div className="divide-y divide-line rounded-card border border-line bg-surface">
      <VisuallyHidden>The transfers are on their way.</VisuallyHidden>
      {["w-56", "w-40", "w-64"].map((width) => (
        <div key={width} className="flex flex-col gap-2 px-4 py-4">
          <Skeleton className={`h-4 max-w-full ${width}`} />
          <Skeleton className="h-3 w-44" />
        </div>
      ))}
    </div>
  );
}
