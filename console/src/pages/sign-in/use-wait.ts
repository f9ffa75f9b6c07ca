import { useEffect, useState } from "react";
import type { ApiError } from "../../api/error.ts";

const WITHOUT_WORD_S = 30;

/** Seconds that are left to wait after an error that says to wait; counts down to zero. */
export function useWait(error: ApiError | null): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (!error) return setLeft(0);
    const until = Date.now() + (error.retryAfterSeconds ?? WITHOUT_WORD_S) * 1_000;
    const count = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1_000)));
    count();
    const timer = setInterval(count, 500);
    return () => clearInterval(timer);
  }, [error]);
  return left;
}
