const cache = new Map<string, Intl.DateTimeFormat>();
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A date format of the language; making one is slow enough to keep it. */
function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  let format = cache.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(locale, options);
    cache.set(key, format);
  }
  return format;
}

/** A moment, as short as it can be without being unclear: the time, with the date when it is not today. */
export function formatMoment(ms: number, nowMs: number, locale: string): string {
  const sameDay = new Date(ms).toDateString() === new Date(nowMs).toDateString();
  const time: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return dateFormat(locale, sameDay ? time : { ...time, month: "short", day: "numeric" }).format(ms);
}

/** A moment in full, with the reader's offset. */
export function formatMomentFull(ms: number, locale: string): string {
  return dateFormat(locale, {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZoneName: "shortOffset",
  }).format(ms);
}

/** How long ago: `5 minutes ago`. Less than a minute counts seconds, in steps of ten so that it does not flicker. */
export function formatAgo(ms: number, nowMs: number, locale: string): string {
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const age = Math.max(0, nowMs - ms);
  if (age < 10_000) return relative.format(0, "second");
  if (age < MINUTE) return relative.format(-Math.floor(age / 10_000) * 10, "second");
  if (age < HOUR) return relative.format(-Math.floor(age / MINUTE), "minute");
  if (age < DAY) return relative.format(-Math.floor(age / HOUR), "hour");
  return relative.format(-Math.floor(age / DAY), "day");
}

/** A length of time in its two largest units: `2 hr 5 min`. */
export function formatSpan(ms: number, locale: string): string {
  const unit = (value: number, name: string) =>
    new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "short" }).format(value);
  const span = Math.max(0, ms);
  if (span < MINUTE) return unit(Math.floor(span / 1_000), "second");
  if (span < HOUR) return unit(Math.floor(span / MINUTE), "minute");
  const [large, largeName, small, smallName] =
    span < DAY
      ? [Math.floor(span / HOUR), "hour", Math.floor((span % HOUR) / MINUTE), "minute"]
      : [Math.floor(span / DAY), "day", Math.floor((span % DAY) / HOUR), "hour"];
  return small === 0 ? unit(large, largeName) : `${unit(large, largeName)} ${unit(small, smallName)}`;
}

/** Labels of a time axis whose marks lie `stepMs` apart. The date stands where the day changes. */
export function formatAxisTimes(marksMs: readonly number[], stepMs: number, locale: string): string[] {
  const time: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  if (stepMs < MINUTE) time.second = "2-digit";
  const date: Intl.DateTimeFormatOptions = { month: "short", day: "numeric" };
  return marksMs.map(ms => {
    const at = new Date(ms);
    const midnight = at.getHours() === 0 && at.getMinutes() === 0 && at.getSeconds() === 0;
    return dateFormat(locale, stepMs >= DAY || midnight ? date : time).format(ms);
  });
}
