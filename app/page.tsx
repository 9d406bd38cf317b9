import { redirect } from "next/navigation";

/** Sending is what people come for. */
export default function Home() {
  redirect("/transfers");
}
