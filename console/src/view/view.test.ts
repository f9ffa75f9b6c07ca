import { expect, test } from "vitest";
import { parsePlainSearch, writePlainSearch } from "../plain-search.ts";
import { parseAge } from "./age.ts";
import { addressTime, parseView, windowOf } from "./view.ts";

const NOW = Date.UTC(2026, 2, 14, 12);
const HOUR = 3_600_000;

test.each([
  ["-15m", 900_000],
  ["-7d", 604_800_000],
  ["15m", undefined],
  ["-0h", undefined],
  ["-1y", undefined],
])("the age %s", (text, ms) => {
  expect(parseAge(text)).toBe(ms);
});

test("a view survives the way through an address", () => {
  const view = {
    q: "cpu busy",
    state: "anomalous" as const,
    series: "1234567890123456",
    from: "2026-03-14T10:00:00Z",
    to: "2026-03-14T11:00:00Z",
  };
  const address = writePlainSearch(view);
  expect(address).toContain("from=2026-03-14T10:00:00Z");
  expect(parseView(parsePlainSearch(address))).toEqual(view);
});

test("a series id of digits only stays a text", () => {
  expect(parseView(parsePlainSearch("?series=0000000000000042")).series).toBe("0000000000000042");
});

test.each([
  ["?series=nonsense&state=odd&from=yesterday", {}],
  ["?from=2026-03-14T11:00:00Z&to=2026-03-14T10:00:00Z", {}],
  ["?from=-6h&to=2026-03-14T10:00:00Z", { from: "-6h" }],
  ["?from=2026-03-14T10:00:00Z", { from: "2026-03-14T10:00:00Z" }],
])("%s leaves out what makes no sense", (address, view) => {
  expect(JSON.parse(JSON.stringify(parseView(parsePlainSearch(address))))).toEqual(view);
});

test("a window without an end follows the present", () => {
  expect(windowOf({}, NOW)).toEqual({ fromMs: NOW - HOUR, toMs: NOW, live: true });
  expect(windowOf({ from: addressTime(NOW - 2 * HOUR) }, NOW)).toEqual({
    fromMs: NOW - 2 * HOUR,
    toMs: NOW,
    live: true,
  });
});

test("a window with an end stands still", () => {
  const view = { from: addressTime(NOW - 2 * HOUR), to: addressTime(NOW - HOUR) };
  expect(windowOf(view, NOW)).toEqual({ fromMs: NOW - 2 * HOUR, toMs: NOW - HOUR, live: false });
});

test("nothing chosen leaves the address bare", () => {
  expect(writePlainSearch({ q: undefined, state: "" })).toBe("");
});
