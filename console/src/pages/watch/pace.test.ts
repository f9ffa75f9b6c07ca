import { expect, test } from "vitest";
import { paceOf } from "./pace.ts";

const HOUR = 3_600_000;

test("a longer window moves more slowly", () => {
  const ticks = [HOUR, 6 * HOUR, 24 * HOUR, 168 * HOUR].map(span => paceOf(span).tickMs);
  expect(ticks).toEqual([1_000, 5_000, 15_000, 60_000]);
});

test("a window that grows by a moment keeps its pace", () => {
  expect(paceOf(2 * HOUR + 1)).toEqual(paceOf(2 * HOUR));
});
