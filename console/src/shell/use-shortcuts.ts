import { useNavigate } from "@tanstack/react-router";
import { useEffect, useEffectEvent } from "react";
import { pressKey, type ShortcutAction, type ShortcutState } from "./shortcut.ts";

const PATHS = {
  overview: "/",
  watch: "/watch",
  anomalies: "/anomalies",
  data: "/data",
  settings: "/settings",
} as const;

/** The search box of the page, which `/` goes to. */
export const SEARCH_BOX_ID = "series-search";

/** Listens for shortcuts while no field has the focus. */
export function useShortcuts(onHelp: () => void): void {
  const navigate = useNavigate();
  const act = useEffectEvent((action: ShortcutAction) => {
    if (action === "help") return onHelp();
    if (action !== "search") return void navigate({ to: PATHS[action] });
    const box = document.getElementById(SEARCH_BOX_ID);
    if (box) return box.focus();
    void navigate({ to: "/watch" });
  });
  useEffect(() => {
    let state: ShortcutState = { goSinceMs: undefined };
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || takesText(event.target)) return;
      const pressed = pressKey(state, event.key, event.timeStamp);
      state = pressed.state;
      if (!pressed.action) return;
      event.preventDefault();
      act(pressed.action);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}

function takesText(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
