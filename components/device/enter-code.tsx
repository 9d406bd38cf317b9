import { Button } from "#components/ui/button.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";

/** Asks for the code that a program shows; works without scripts. */
export function EnterCode({ code, problem }: { code: string; problem: string | undefined }) {
  return (
    <form method="get" action="/device" className="flex max-w-sm flex-col gap-4">
      <Field label="Code" error={problem} hint="Eight letters, which the program shows.">
        {(control) => (
          <Input
            {...control}
            name="code"
            defaultValue={code}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            required
          />
        )}
      </Field>
      <div>
        <Button type="submit" variant="primary">
          Continue
        </Button>
      </div>
    </form>
  );
}
