import { expect, test } from "vitest";
import { quantityOf } from "./quantity.ts";

test.each([
  [
    { name: "x", unit: "By" },
    { measure: "bytes", perSecond: false },
  ],
  [
    { name: "x", unit: "By/s" },
    { measure: "bytes", perSecond: true },
  ],
  [
    { name: "x", unit: "{request}" },
    { measure: "count", perSecond: false },
  ],
  [{ name: "memory_bytes" }, { measure: "bytes", perSecond: false }],
  [{ name: "received_bytes_total" }, { measure: "bytes", perSecond: true }],
  [
    { name: "received_bytes_total", kind: "gauge" as const },
    { measure: "bytes", perSecond: false },
  ],
  [
    { name: "things", kind: "counter" as const },
    { measure: "count", perSecond: true },
  ],
  [
    { name: "x", unit: "By/min" },
    { measure: "other", perSecond: false, symbol: "By/min" },
  ],
])("%o is measured as %o", (series, quantity) => {
  expect(quantityOf(series)).toEqual(quantity);
});

test("seconds per second are a share of time", () => {
  expect(quantityOf({ name: "cpu_seconds_total", unit: "seconds", kind: "counter" })).toEqual({
    measure: "ratio",
    perSecond: false,
  });
});
