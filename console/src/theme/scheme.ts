import { localStorageColorSchemeManager } from "@mantine/core";

/** Keeps the chosen colour scheme in the browser. */
export const schemeManager = localStorageColorSchemeManager({ key: "maru.scheme" });

/** Sets the colour scheme before anything is drawn, so that a dark console does not flash white. */
export function applySchemeEarly(): void {
  const chosen = schemeManager.get("auto");
  const dark = chosen === "dark" || (chosen === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
}
