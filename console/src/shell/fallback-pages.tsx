import { Button } from "@mantine/core";
import { Link, useRouter } from "@tanstack/react-router";
import { EmptyState } from "../elements/empty-state.tsx";
import { ErrorNotice } from "../elements/error-notice.tsx";
import { useLanguage } from "../i18n/language-context.ts";
import style from "./shell.module.css";

/** An address that leads nowhere. */
export function MissingPage() {
  const { t } = useLanguage();
  return (
    <main className={style.fallback}>
      <EmptyState
        title={t("missing.title")}
        hint={t("missing.hint")}
        action={
          <Button component={Link} to="/">
            {t("missing.home")}
          </Button>
        }
      />
    </main>
  );
}

/** A page that could not be shown. */
export function FailedPage({ error }: { error: unknown }) {
  const router = useRouter();
  return (
    <main className={style.fallback}>
      <ErrorNotice
        error={error instanceof Error ? error : new Error(String(error))}
        onRetry={() => void router.invalidate()}
      />
    </main>
  );
}
