"use client";
import { Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { keepCookie } from "./keep-cookie.ts";
import { MenuChoice } from "./menu.tsx";
import { THEME_COLORS, THEME_COOKIE, THEMES, type Theme } from "./theme.ts";

const LOOKS = {
  system: { label: "As the system", icon: <Monitor /> },
  light: { label: "Light", icon: <Sun /> },
  dark: { label: "Dark", icon: <Moon /> },
} as const;

const OPTIONS = THEMES.map((value) => ({ value, ...LOOKS[value] }));

function apply(theme: Theme): void {
  const year = 365 * 86_400;
  keepCookie(THEME_COOKIE, theme, theme === "system" ? 0 : year);
  const { dataset } = document.documentElement;
  if (theme === "system") delete dataset.theme;
  else dataset.theme = theme;
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const own = meta.media.includes("dark") ? "dark" : "light";
    meta.content = THEME_COLORS[theme === "system" ? own : theme];
  }
}

/** The theme in hand, as the page shows it; `initial` is what the cookie said when it was drawn. */
export function useTheme(initial: Theme): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(initial);
  const choose = (next: Theme) => {
    setTheme(next);
    apply(next);
  };
  return [theme, choose];
}

/** In a menu: three themes, kept in a cookie that the root layout reads. */
export const ThemeItems = ({ theme, choose }: { theme: Theme; choose: (theme: Theme) => void }) => (
  <MenuChoice label="Theme" options={OPTIONS} value={theme} onChange={choose} />
);
