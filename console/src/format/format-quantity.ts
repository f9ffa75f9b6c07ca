import { digits, formatShort, numberFormat } from "./number.ts";
import type { Quantity } from "./quantity.ts";

const BINARY = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] as const;
const HERTZ = ["Hz", "kHz", "MHz", "GHz", "THz"] as const;
const NO_VALUE = "–";

/** Writes a measured number for a person: `3.2 GiB`, `12.5%`, `840 µs`, `1.3 MiB/s`. */
export function formatQuantity(value: number | null | undefined, quantity: Quantity, locale: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NO_VALUE;
  const written = writeAmount(value, quantity, locale);
  return quantity.perSecond ? `${written}/s` : written;
}

/** Writes a range, the unit once where both ends share it: `8–12%`, `900 MiB – 1.1 GiB`. */
export function formatRange(
  lower: number | null | undefined,
  upper: number | null | undefined,
  quantity: Quantity,
  locale: string,
): string {
  const low = formatQuantity(lower, quantity, locale);
  const high = formatQuantity(upper, quantity, locale);
  if (low === NO_VALUE && high === NO_VALUE) return NO_VALUE;
  const [lowNumber, lowUnit] = splitUnit(low);
  const [, highUnit] = splitUnit(high);
  if (lowUnit === highUnit && !lowNumber.startsWith("-")) return `${lowNumber}–${high}`;
  return `${low} – ${high}`;
}

function writeAmount(value: number, { measure, symbol }: Quantity, locale: string): string {
  switch (measure) {
    case "bytes":
      return scaled(value, 1024, BINARY, locale);
    case "hertz":
      return scaled(value, 1000, HERTZ, locale);
    case "seconds":
      return writeSeconds(value, locale);
    case "ratio":
      return writePercent(value, locale);
    case "percent":
      return writePercent(value / 100, locale);
    case "celsius":
      return numberFormat(locale, { style: "unit", unit: "celsius", maximumFractionDigits: 1 }).format(value);
    case "count":
      return formatShort(value, locale);
    case "other":
      return `${formatShort(value, locale)} ${symbol ?? ""}`.trim();
  }
}

function scaled(value: number, base: number, units: readonly string[], locale: string): string {
  let amount = value;
  let step = 0;
  // 999.5 would round up to a fourth digit, so it already belongs to the next unit.
  while (Math.abs(amount) >= Math.min(base, 999.5) && step < units.length - 1) {
    amount /= base;
    step += 1;
  }
  return `${digits(amount, locale)} ${units[step]}`;
}

function writePercent(ratio: number, locale: string): string {
  const percent = Math.abs(ratio * 100);
  const fraction = percent >= 100 ? 0 : percent >= 10 ? 1 : 2;
  return numberFormat(locale, { style: "percent", maximumFractionDigits: fraction }).format(ratio);
}

function writeSeconds(value: number, locale: string): string {
  const size = Math.abs(value);
  if (size === 0) return `0 s`;
  if (size < 1e-6) return `${digits(value * 1e9, locale)} ns`;
  if (size < 1e-3) return `${digits(value * 1e6, locale)} µs`;
  if (size < 1) return `${digits(value * 1e3, locale)} ms`;
  if (size < 120) return `${digits(value, locale)} s`;
  if (size < 7_200) return `${digits(value / 60, locale)} min`;
  if (size < 172_800) return `${digits(value / 3_600, locale)} h`;
  return `${digits(value / 86_400, locale)} d`;
}

function splitUnit(written: string): [string, string] {
  const match = /^([-\d.,]+)(.*)$/.exec(written);
  return match ? [match[1] ?? "", match[2] ?? ""] : [written, ""];
}
