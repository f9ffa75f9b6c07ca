import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createQueryClient } from "./api/query-client.ts";
import { LanguageProvider } from "./i18n/language-provider.tsx";
import { createConsoleRouter } from "./router.tsx";
import { sessionKey } from "./session/session-query.ts";
import { schemeManager } from "./theme/scheme.ts";
import { cssVariables, theme } from "./theme/theme.ts";

const queryClient = createQueryClient(() => {
  if (queryClient.getQueryData(sessionKey) === null) return;
  queryClient.setQueryData(sessionKey, null);
  void router.invalidate();
});
const router = createConsoleRouter(queryClient);

/** The whole console. */
export function Console() {
  return (
    <StrictMode>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariables}
        colorSchemeManager={schemeManager}
        defaultColorScheme="auto"
      >
        <LanguageProvider>
          <QueryClientProvider client={queryClient}>
            <RouterProvider router={router} />
          </QueryClientProvider>
        </LanguageProvider>
      </MantineProvider>
    </StrictMode>
  );
}
