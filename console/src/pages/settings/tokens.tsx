import { Button, Skeleton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/client.ts";
import type { Token } from "../../api/records.ts";
import { EmptyState } from "../../elements/empty-state.tsx";
import { ErrorNotice } from "../../elements/error-notice.tsx";
import { Section } from "../../elements/section.tsx";
import { useNow } from "../../elements/use-now.ts";
import { formatAgo, formatMomentFull } from "../../format/time.ts";
import { useLanguage } from "../../i18n/language-context.ts";
import { Confirm } from "./confirm.tsx";
import { NewTokenDialog } from "./new-token-dialog.tsx";
import style from "./settings.module.css";

/** The API tokens: make one, see them, revoke one. */
export function Tokens() {
  const { t } = useLanguage();
  const [creating, setCreating] = useState(false);
  const found = useQuery({ queryKey: ["token.list"], queryFn: ({ signal }) => call("token.list", {}, signal) });
  const tokens = found.data?.tokens.filter(token => !token.revoked);
  return (
    <Section
      title={t("tokens.title")}
      hint={t("tokens.hint")}
      actions={
        <Button size="xs" onClick={() => setCreating(true)}>
          {t("tokens.create")}
        </Button>
      }
    >
      {found.isPending && <Skeleton height={96} />}
      {found.error && <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />}
      {tokens?.length === 0 && <EmptyState title={t("tokens.none")} hint={t("tokens.none.hint")} />}
      {tokens && tokens.length > 0 && (
        <ul className={style.list}>
          {tokens.map(token => (
            <TokenRow key={token.id} token={token} />
          ))}
        </ul>
      )}
      <NewTokenDialog opened={creating} onClose={() => setCreating(false)} />
    </Section>
  );
}

function TokenRow({ token }: { token: Token }) {
  const { t, locale } = useLanguage();
  const now = useNow(60_000);
  const [asking, setAsking] = useState(false);
  const queries = useQueryClient();
  const revoking = useMutation({
    mutationFn: () => call("token.revoke", { id: token.id }),
    onSuccess: () => {
      setAsking(false);
      return queries.invalidateQueries({ queryKey: ["token.list"] });
    },
  });
  const expired = token.expires ? Date.parse(token.expires) <= now : false;
  return (
    <li className={style.item}>
      <div className={style.itemText}>
        <strong>
          {token.name}
          <em>{token.prefix}…</em>
        </strong>
        <span>
          {t(`scope.${token.scope}`)} ·{" "}
          {token.expires
            ? t(expired ? "tokens.expired" : "tokens.expires", {
                time: formatMomentFull(Date.parse(token.expires), locale),
              })
            : t("tokens.never")}
          {token.last_used && ` · ${t("tokens.used", { ago: formatAgo(Date.parse(token.last_used), now, locale) })}`}
        </span>
      </div>
      <Button variant="default" size="xs" onClick={() => setAsking(true)}>
        {t("tokens.revoke")}
      </Button>
      <Confirm
        opened={asking}
        title={t("tokens.revoke.title", { name: token.name })}
        consequence={t("tokens.revoke.consequence")}
        action={t("tokens.revoke")}
        pending={revoking.isPending}
        error={revoking.error}
        onConfirm={() => revoking.mutate()}
        onClose={() => setAsking(false)}
      />
    </li>
  );
}
