import { expect, test } from "vitest";
import { formatQuantity, formatRange } from "./format-quantity.ts";
import { quantityOf } from "./quantity.ts";

const bytes = quantityOf({ name: "a", unit: "bytes" });
const ratio = quantityOf({ name: "a", unit: "ratio" });
const seconds = quantityOf({ name: "a", unit: "seconds" });

test.each([
  [0, bytes, "0 B"],
  [999, bytes, "999 B"],
  [1_000, bytes, "0.977 KiB"],
  [1_536, bytes, "1.5 KiB"],
  [13.2 * 2 ** 30, bytes, "13.2 GiB"],
  [0.1254, ratio, "12.5%"],
  [0.00123, ratio, "0.12%"],
  [1.5, ratio, "150%"],
  [0.00084, seconds, "840 µs"],
  [0.0894, seconds, "89.4 ms"],
  [90, seconds, "90 s"],
  [3 * 86_400, seconds, "3 d"],
  [42.25, quantityOf({ name: "a", unit: "celsius" }), "42.3°C"],
  [1_200_000, quantityOf({ name: "requests" }), "1.2M"],
  [3, quantityOf({ name: "a", unit: "widgets" }), "3 widgets"],
  [2_000_000, quantityOf({ name: "sent_bytes_total", kind: "counter" }), "1.91 MiB/s"],
])("%d is written as a person reads it", (value, quantity, written) => {
  expect(formatQuantity(value, quantity, "en")).toBe(written);
});

test("what is no number is a dash", () => {
  expect(formatQuantity(null, bytes, "en")).toBe("–");
  expect(formatQuantity(Number.NaN, bytes, "en")).toBe("–");
  expect(formatRange(null, null, bytes, "en")).toBe("–");
});

test("numbers follow the language", () => {
  expect(formatQuantity(12_000, quantityOf({ name: "requests" }), "ko")).toBe("1.2만");
});

test("a range says its unit once where both ends share it", () => {
  expect(formatRange(0.08, 0.12, ratio, "en")).toBe("8–12%");
  expect(formatRange(900 * 2 ** 20, 1.1 * 2 ** 30, bytes, "en")).toBe("900 MiB – 1.1 GiB");
  expect(formatRange(-1, 4, quantityOf({ name: "delta" }), "en")).toBe("-1 – 4");
});
