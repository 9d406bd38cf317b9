/** The command that prints a sign-in link, as it is typed. */
export function SignInCommand() {
  return (
    <code className="mt-5 inline-block select-all rounded-control border border-line bg-surface px-4 py-2.5 font-mono text-[0.8125rem] text-ink">
      npm run cloud -- sign-in
    </code>
  );
}
