import { takeCode } from "./sign-in-link.ts";

let arrived: string | undefined;

/** Takes a one-time code out of the address the moment the console starts, before anything else reads the address. */
export function noteArrival(): void {
  if (location.pathname === "/sign-in") arrived = takeCode(location, history);
}

/** The code that the person arrived with, once. */
export function takeArrivedCode(): string | undefined {
  const code = arrived ?? takeCode(location, history);
  arrived = undefined;
  return code;
}
