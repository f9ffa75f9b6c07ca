/** The code of a one-time link: `/sign-in#code=…`. It travels in the fragment so that no server log ever holds it. */
export function codeFrom(hash: string): string | undefined {
  return new URLSearchParams(hash.replace(/^#/, "")).get("code") || undefined;
}

/** Takes the code out of the address, so that neither the history nor a copied address holds it. */
export function takeCode(location: Location, history: History): string | undefined {
  const code = codeFrom(location.hash);
  if (code !== undefined) history.replaceState(history.state, "", location.pathname + location.search);
  return code;
}

/** Where to go after signing in: a path of the console's own, never an address elsewhere. */
export function safeNext(next: string | undefined): string {
  if (next === undefined || !next.startsWith("/") || next.startsWith("//") || next.startsWith("/\\")) return "/";
  return next.startsWith("/sign-in") ? "/" : next;
}
