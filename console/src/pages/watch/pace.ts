const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** How often a window of time moves on and is read again. */
export interface Pace {
  /** Between two moves of the time axis. */
  tickMs: number;
  /** Between two readings; live samples are finer than the server's steps over a long window, so those are read again. */
  rereadMs: number;
}

/** The pace for a window. It goes in few steps, so that a growing window does not start its timers anew all the time. */
export function paceOf(spanMs: number): Pace {
  if (spanMs <= HOUR) return { tickMs: SECOND, rereadMs: 30 * SECOND };
  if (spanMs <= 6 * HOUR) return { tickMs: 5 * SECOND, rereadMs: 2 * MINUTE };
  if (spanMs <= 24 * HOUR) return { tickMs: 15 * SECOND, rereadMs: 5 * MINUTE };
  return { tickMs: MINUTE, rereadMs: 10 * MINUTE };
}
