"use client";
import { Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { classNames } from "./class-names.ts";
import { THEME_COLORS, THEME_COOKIE, THEMES, type Theme } from "./theme.ts";

const LOOKS = {
  system: { label: "As the system", icon: Monitor },
  light: { label: "Light", icon: Sun },
  dark: { label: "Dark", icon: Moon },
} as const;

function apply(theme: Theme): void {
  const year = 365 * 86_400;
  document.cookie = `${THEME_COOKIE}=${theme}; path=/; samesite=lax; max-age=${theme === "system" ? 0 : year}`;
  const { dataset } = document.documentElement;
  if (theme === "system") delete dataset.theme;
  else dataset.theme = theme;
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const own = meta.media.includes("dark") ? "dark" : "light";
    meta.content = THEME_COLORS[theme === "system" ? own : theme];
  }
}

/** Three choices, kept in a cookie that the root layout reads. `initial` is what that cookie said. */
export function ThemeToggle({ initial }: { initial: Theme }) {
  const [theme, setTheme] = useState(initial);
  return (
    <div role="radiogroup" aria-label="Theme" className="flex w-fit rounded-full border border-line p-0.5">
      {THEMES.map((choice) => {
        const { label, icon: Icon } = LOOKS[choice];
        return (
          <label
            key={choice}
            title={label}
            className={classNames(
              "flex size-7 cursor-pointer items-center justify-center rounded-full text-faint hover:text-ink",
              "has-checked:bg-ink/9 has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-hazel",
            )}
          >
            <input
              type="radio"
              name="theme"
              className="sr-only"
              checked={theme === choice}
              onChange={() => {
                setTheme(choice);
                apply(choice);
              }}
            />
            <Icon className="size-3.5" aria-hidden />
            <span className="sr-only">{label}</span>
          </label>
        );
      })}
    </div>
  );
}
