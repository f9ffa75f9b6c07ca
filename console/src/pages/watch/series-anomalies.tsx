import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { AnomalyList } from "../../anomaly/anomaly-list.tsx";
import { call } from "../../api/client.ts";
import type { Series } from "../../api/records.ts";
import { EmptyState } from "../../elements/empty-state.tsx";
import { ErrorNotice } from "../../elements/error-notice.tsx";
import { Section } from "../../elements/section.tsx";
import { useLanguage } from "../../i18n/language-context.ts";
import { usePolling } from "../../live/live-context.tsx";

const NEWEST = 20;

/** The newest anomalies of one series. */
export function SeriesAnomalies({ series }: { series: Series }) {
  const { t } = useLanguage();
  const refetchInterval = usePolling(60_000);
  const found = useQuery({
    queryKey: ["anomaly.list", "series", series.id],
    queryFn: ({ signal }) => call("anomaly.list", { series: series.id, limit: NEWEST }, signal),
    refetchInterval,
  });
  return (
    <Section title={t("watch.anomalies")}>
      {found.isPending && <Skeleton height={96} />}
      {found.error && <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />}
      {found.data &&
        (found.data.anomalies.length === 0 ? (
          <EmptyState title={t("watch.anomalies.none")} hint={t("watch.anomalies.none.hint")} />
        ) : (
          <AnomalyList anomalies={found.data.anomalies} series={series} />
        ))}
    </Section>
  );
}
