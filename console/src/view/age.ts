const UNITS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Windows of time that one press chooses. */
export const AGES = ["-15m", "-1h", "-6h", "-24h", "-7d"] as const;

/** Reads an age such as `-15m` into milliseconds; `undefined` when it is none. */
export function parseAge(text: string): number | undefined {
  const match = /^-(\d{1,6})([smhdw])$/.exec(text);
  const unit = UNITS[match?.[2] ?? ""];
  const count = Number(match?.[1]);
  return unit !== undefined && count > 0 ? count * unit : undefined;
}
