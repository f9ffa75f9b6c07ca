/** What a number measures, which decides how it is written. */
export interface Quantity {
  measure: "bytes" | "seconds" | "ratio" | "percent" | "celsius" | "hertz" | "count" | "other";
  /** Whether it is an amount per second. */
  perSecond: boolean;
  /** The unit's own symbol, where `measure` is `other`. */
  symbol?: string | undefined;
}

interface Measured {
  name: string;
  unit?: string | null | undefined;
  /** `gauge` or `counter`; without it the name decides. */
  kind?: string | undefined;
}

const BY_UNIT: Record<string, { measure: Quantity["measure"]; perSecond?: boolean }> = {
  bytes: { measure: "bytes" },
  byte: { measure: "bytes" },
  by: { measure: "bytes" },
  seconds: { measure: "seconds" },
  second: { measure: "seconds" },
  s: { measure: "seconds" },
  ratio: { measure: "ratio" },
  percent: { measure: "percent" },
  "%": { measure: "percent" },
  celsius: { measure: "celsius" },
  cel: { measure: "celsius" },
  hertz: { measure: "hertz" },
  hz: { measure: "hertz" },
  "1": { measure: "count" },
  count: { measure: "count" },
  "": { measure: "count" },
};

const BY_NAME: readonly [RegExp, Quantity["measure"]][] = [
  [/_bytes(_total)?$/, "bytes"],
  [/_seconds(_total|_sum)?$/, "seconds"],
  [/_ratio$/, "ratio"],
  [/_(percent|percentage)$/, "percent"],
  [/_celsius$/, "celsius"],
  [/_hertz$/, "hertz"],
];

/** Names of counters, for where the kind is not told. */
const COUNTER_NAME = /_(total|count|sum|bucket)$/;

/** What a series measures: by its unit, else by its name. A counter is shown as its rate. */
export function quantityOf({ name, unit, kind }: Measured): Quantity {
  const counter = kind === undefined ? COUNTER_NAME.test(name) : kind === "counter";
  const written = unit?.trim() ?? "";
  const [base = "", per] = written.split("/", 2);
  const perSecond = counter || per === "s";
  if (written !== "") {
    const known = per === undefined || per === "s" ? BY_UNIT[base.toLowerCase()] : undefined;
    if (known) return rate(known.measure, perSecond);
    const curly = /^\{(.+)\}$/.exec(base);
    return curly ? rate("count", perSecond) : { measure: "other", perSecond: counter, symbol: written };
  }
  const measure = BY_NAME.find(([pattern]) => pattern.test(name))?.[1];
  return rate(measure ?? "count", perSecond);
}

/** Seconds per second is a share of time: a processor that is busy 0.2 s of each second is 20 % busy. */
function rate(measure: Quantity["measure"], perSecond: boolean): Quantity {
  if (perSecond && measure === "seconds") return { measure: "ratio", perSecond: false };
  return { measure, perSecond };
}
