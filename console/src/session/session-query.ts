import { queryOptions, useQuery } from "@tanstack/react-query";
import { type Principal, readSession } from "./session.ts";

export const sessionKey = ["session"] as const;

/** The session, read once and kept until it ends. */
export const sessionQuery = queryOptions({
  queryKey: sessionKey,
  queryFn: readSession,
  staleTime: Number.POSITIVE_INFINITY,
});

/** Who is signed in, on pages that only signed-in people see. */
export function usePrincipal(): Principal | undefined {
  return useQuery(sessionQuery).data?.principal;
}
