/** Labels in one line, without the name, which is one of them, and without those in `shared`. */
export function labelsText(labels: Record<string, string>, shared?: ReadonlySet<string>): string {
  return Object.entries(labels)
    .filter(([name]) => name !== "__name__" && !shared?.has(name))
    .map(([name, value]) => `${name}=${value}`)
    .join("  ");
}

/** The labels that all of these have with the same value, and that therefore tell none of them from another. */
export function sharedLabels(all: readonly Record<string, string>[]): ReadonlySet<string> {
  const [first, ...others] = all;
  if (!first || others.length === 0) return new Set();
  return new Set(Object.keys(first).filter(name => others.every(labels => labels[name] === first[name])));
}
