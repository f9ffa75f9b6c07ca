const cache = new Map<string, Intl.NumberFormat>();

/** A number format of the language; making one is slow enough to keep it. */
export function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  let format = cache.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, options);
    cache.set(key, format);
  }
  return format;
}

/** A whole number with separators. */
export function formatInteger(value: number, locale: string): string {
  return numberFormat(locale, { maximumFractionDigits: 0 }).format(value);
}

/** A number in three significant digits, short when it is large. */
export function formatShort(value: number, locale: string): string {
  return Math.abs(value) < 10_000 ? digits(value, locale) : compact(value, locale);
}

/** Three significant digits, but whole numbers below 10 000 whole. */
export function digits(value: number, locale: string): string {
  if (value !== 0 && Math.abs(value) < 1e-4) {
    return numberFormat(locale, { notation: "scientific", maximumSignificantDigits: 3 }).format(value);
  }
  const options: Intl.NumberFormatOptions =
    Math.abs(value) >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 };
  return numberFormat(locale, options).format(value);
}

function compact(value: number, locale: string): string {
  return numberFormat(locale, { notation: "compact", maximumSignificantDigits: 3 }).format(value);
}
