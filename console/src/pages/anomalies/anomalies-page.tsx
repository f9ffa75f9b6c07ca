import { SegmentedControl, Skeleton } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { AnomalyList } from "../../anomaly/anomaly-list.tsx";
import { call } from "../../api/client.ts";
import { EmptyState } from "../../elements/empty-state.tsx";
import { ErrorNotice } from "../../elements/error-notice.tsx";
import { Page } from "../../elements/page.tsx";
import { useLanguage } from "../../i18n/language-context.ts";
import { usePolling } from "../../live/live-context.tsx";
import style from "./anomalies.module.css";
import { SINCE } from "./anomaly-search.ts";

const NEWEST = 200;

/** What left its band, newest first. */
export function AnomaliesPage() {
  const { t, counted } = useLanguage();
  const { show, since = "-24h" } = useSearch({ from: "/signed-in/anomalies" });
  const navigate = useNavigate({ from: "/anomalies" });
  const refetchInterval = usePolling(30_000);
  const onlyOpen = show === "open";
  const found = useQuery({
    queryKey: ["anomaly.list", onlyOpen ? "open" : "all", since],
    queryFn: ({ signal }) => call("anomaly.list", { open: onlyOpen, since, limit: NEWEST }, signal),
    placeholderData: keepPreviousData,
    refetchInterval,
  });
  const anomalies = found.data?.anomalies ?? [];

  return (
    <Page title={t("nav.anomalies")}>
      <div className={style.bar}>
        <SegmentedControl
          aria-label={t("anomalies.filter")}
          value={show ?? "all"}
          onChange={value =>
            void navigate({ search: shown => ({ ...shown, show: value === "open" ? "open" : undefined }) })
          }
          data={[
            { value: "all", label: t("anomalies.filter.all") },
            { value: "open", label: t("anomalies.filter.open") },
          ]}
        />
        <SegmentedControl
          aria-label={t("range.label")}
          value={since}
          onChange={value =>
            void navigate({ search: shown => ({ ...shown, since: SINCE.find(known => known === value) }) })
          }
          data={SINCE.map(value => ({ value, label: t(`range.${value}`) }))}
        />
        {found.data && (
          <span className={style.count}>
            {anomalies.length === NEWEST
              ? t("anomalies.newest", { count: String(NEWEST) })
              : counted("anomalies.count", anomalies.length)}
          </span>
        )}
      </div>
      {found.error && <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />}
      {found.isPending && <Skeleton height={280} />}
      {found.data &&
        (anomalies.length === 0 ? (
          <EmptyState title={t(onlyOpen ? "anomalies.none.open" : "anomalies.none")} hint={t("anomalies.none.hint")} />
        ) : (
          <AnomalyList anomalies={anomalies} />
        ))}
    </Page>
  );
}
