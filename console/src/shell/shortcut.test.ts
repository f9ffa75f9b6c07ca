import { expect, test } from "vitest";
import { pressKey, type ShortcutState } from "./shortcut.ts";

const idle: ShortcutState = { goSinceMs: undefined };

function press(keys: string, pauseMs = 100) {
  let state = idle;
  return [...keys].map((key, i) => {
    const pressed = pressKey(state, key, i * pauseMs);
    state = pressed.state;
    return pressed.action;
  });
}

test("two keys in a row go somewhere", () => {
  expect(press("go")).toEqual([undefined, "overview"]);
  expect(press("gwga")).toEqual([undefined, "watch", undefined, "anomalies"]);
});

test("single keys act at once", () => {
  expect(press("/?")).toEqual(["search", "help"]);
});

test("what is no shortcut does nothing, and too slow is none", () => {
  expect(press("xo")).toEqual([undefined, undefined]);
  expect(press("gxo")).toEqual([undefined, undefined, undefined]);
  expect(press("go", 2_000)).toEqual([undefined, undefined]);
});
