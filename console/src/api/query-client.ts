import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "./error.ts";

const TRIES_MORE = 2;

/** The cache of what the server answered. `onSignedOut` is told when the server says that nobody is signed in. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  const onError = (error: Error) => {
    if (error instanceof ApiError && error.status === 401) onSignedOut();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({
      onError: (error, _variables, _result, mutation) => {
        if (mutation.meta?.signsIn !== true) onError(error);
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: worthRetrying,
        retryDelay: attempt => Math.min(1_000 * 2 ** attempt, 10_000),
      },
    },
  });
}

function worthRetrying(failures: number, error: Error): boolean {
  return failures < TRIES_MORE && error instanceof ApiError && error.passing && error.status !== 429;
}
