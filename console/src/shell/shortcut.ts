/** What a shortcut does. */
export type ShortcutAction = "overview" | "watch" | "anomalies" | "data" | "settings" | "help" | "search";

/** What the keys pressed so far begin. */
export interface ShortcutState {
  /** When `g` was pressed, in milliseconds; `undefined` when it was not. */
  goSinceMs: number | undefined;
}

/** Every shortcut, as a person reads it. */
export const SHORTCUTS: readonly { keys: readonly string[]; action: ShortcutAction }[] = [
  { keys: ["g", "o"], action: "overview" },
  { keys: ["g", "w"], action: "watch" },
  { keys: ["g", "a"], action: "anomalies" },
  { keys: ["g", "d"], action: "data" },
  { keys: ["g", "s"], action: "settings" },
  { keys: ["/"], action: "search" },
  { keys: ["?"], action: "help" },
];

const TOGETHER_MS = 1_200;

/** Takes one key; answers what it does, if anything, and what it begins. */
export function pressKey(
  state: ShortcutState,
  key: string,
  nowMs: number,
): { state: ShortcutState; action?: ShortcutAction } {
  const idle: ShortcutState = { goSinceMs: undefined };
  const going = state.goSinceMs !== undefined && nowMs - state.goSinceMs <= TOGETHER_MS;
  const found = SHORTCUTS.find(({ keys }) =>
    going ? keys[0] === "g" && keys[1] === key : keys.length === 1 && keys[0] === key,
  );
  if (found) return { state: idle, action: found.action };
  return { state: key === "g" ? { goSinceMs: nowMs } : idle };
}
