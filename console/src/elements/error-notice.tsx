import { Button } from "@mantine/core";
import { ApiError, TIMED_OUT, UNREACHABLE } from "../api/error.ts";
import { useLanguage } from "../i18n/language-context.ts";
import style from "./elements.module.css";

interface ErrorNoticeProps {
  error: Error;
  onRetry?: (() => void) | undefined;
}

/** What went wrong, what to do next, and a way to try again. */
export function ErrorNotice({ error, onRetry }: ErrorNoticeProps) {
  const { t } = useLanguage();
  const { message, next, code } = useErrorText(error);
  return (
    <div className={style.error} role="alert">
      <div>
        <p className={style.errorMessage}>{message}</p>
        {next && <p>{next}</p>}
        {code && <p className={style.errorCode}>{code}</p>}
      </div>
      {onRetry && (
        <Button variant="default" size="xs" onClick={onRetry}>
          {t("error.retry")}
        </Button>
      )}
    </div>
  );
}

/** An error in the reader's words: what happened, what to do next, and the code to look it up by. */
export function useErrorText(error: Error): { message: string; next?: string | undefined; code?: string | undefined } {
  const { t, counted } = useLanguage();
  if (!(error instanceof ApiError)) return { message: t("error.unexpected"), next: error.message };
  const { detail, title, next, code, status } = error.problem;
  if (code === UNREACHABLE) return { message: t("error.unreachable"), next: t("error.unreachable.next") };
  if (code === TIMED_OUT) return { message: t("error.timedOut"), next: t("error.timedOut.next") };
  const wait = status === 429 && error.retryAfterSeconds ? counted("error.wait", error.retryAfterSeconds) : undefined;
  return { message: detail || title, next: [next, wait].filter(Boolean).join(" ") || undefined, code };
}
