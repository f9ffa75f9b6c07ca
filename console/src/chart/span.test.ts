import { expect, test } from "vitest";
import { spanOf, visiblePart, windowAround } from "./span.ts";

const MINUTE = 60_000;

test("an open anomaly has no end", () => {
  expect(spanOf({ start: "1970-01-01T00:00:01Z", end: null })).toEqual({ startMs: 1_000, endMs: undefined });
});

test("only the visible part of a span is shaded", () => {
  expect(visiblePart({ startMs: 0, endMs: undefined }, 10, 50)).toEqual([10, 50]);
  expect(visiblePart({ startMs: 20, endMs: 30 }, 10, 50)).toEqual([20, 30]);
  expect(visiblePart({ startMs: 60, endMs: 70 }, 10, 50)).toBeUndefined();
});

test("a window around an anomaly shows as much before and after it as it lasted, at least a quarter of an hour", () => {
  expect(windowAround({ startMs: 60 * MINUTE, endMs: 65 * MINUTE }, 200 * MINUTE)).toEqual({
    fromMs: 45 * MINUTE,
    toMs: 80 * MINUTE,
  });
  expect(windowAround({ startMs: 60 * MINUTE, endMs: undefined }, 100 * MINUTE)).toEqual({
    fromMs: 20 * MINUTE,
    toMs: undefined,
  });
});
