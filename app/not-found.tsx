import type { Metadata } from "next";
import { NothingHere } from "#components/shell/nothing-here.tsx";

export const metadata: Metadata = { title: "Nothing here" };

export default function NotFound() {
  return (
    <main className="flex min-h-dvh flex-col justify-center">
      <NothingHere />
    </main>
  );
}
