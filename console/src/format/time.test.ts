import { expect, test } from "vitest";
import { formatAgo, formatAxisTimes, formatMoment, formatSpan } from "./time.ts";

const noon = new Date(2026, 2, 14, 12, 0, 0).getTime();
const MINUTE = 60_000;

test("a moment of today is only a time", () => {
  expect(formatMoment(noon - 30 * MINUTE, noon, "en-GB")).toBe("11:30");
  expect(formatMoment(noon - 24 * 60 * MINUTE, noon, "en-GB")).toBe("13 Mar, 12:00");
});

test.each([
  [4_000, "now"],
  [34_000, "30 seconds ago"],
  [14 * MINUTE, "14 minutes ago"],
  [25 * 60 * MINUTE, "yesterday"],
])("%d ms ago", (age, written) => {
  expect(formatAgo(noon - age, noon, "en")).toBe(written);
});

test("how long ago follows the language", () => {
  expect(formatAgo(noon - 5 * MINUTE, noon, "ko")).toBe("5분 전");
});

test.each([
  [42_000, "42 sec"],
  [14 * MINUTE + 30_000, "14 min"],
  [125 * MINUTE, "2 hr 5 min"],
  [120 * MINUTE, "2 hr"],
  [52 * 60 * MINUTE, "2 days 4 hr"],
])("a span of %d ms", (span, written) => {
  expect(formatSpan(span, "en")).toBe(written);
});

test("an axis says the date where the day changes, and seconds only when marks are near each other", () => {
  const midnight = new Date(2026, 2, 15).getTime();
  expect(formatAxisTimes([midnight - 30 * MINUTE, midnight, midnight + 30 * MINUTE], 30 * MINUTE, "en-GB")).toEqual([
    "23:30",
    "15 Mar",
    "00:30",
  ]);
  expect(formatAxisTimes([noon, noon + 15_000], 15_000, "en-GB")).toEqual(["12:00:00", "12:00:15"]);
});
