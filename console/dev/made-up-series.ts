import type { Series } from "../src/api/records.ts";
import { chance, seriesId } from "./random.ts";

/** A series of made-up samples: what is usual at each moment, how much it varies, and when it goes astray. */
export interface MadeUp {
  id: string;
  name: string;
  labels: Record<string, string>;
  unit: string | null;
  kind: Series["kind"];
  seed: number;
  usual: (seconds: number) => number;
  spread: number;
  floor: number;
  trouble: readonly Trouble[];
}

/** A stretch in which a series leaves its band, in seconds before the mock's start. */
export interface Trouble {
  began: number;
  lasted: number | undefined;
  by: number;
}

const HOST = "devbox";
const DAY = 86_400;

const daily =
  (low: number, high: number, phase = 0) =>
  (s: number) =>
    low +
    ((high - low) * (1 - Math.cos(((s + phase) / DAY) * 2 * Math.PI))) / 2 +
    (high - low) * 0.06 * Math.sin(s / 400);

function made(
  name: string,
  labels: Record<string, string>,
  unit: string | null,
  kind: Series["kind"],
  usual: (seconds: number) => number,
  spread: number,
  trouble: readonly Trouble[] = [],
): MadeUp {
  const id = seriesId(name + JSON.stringify(labels));
  const seed = Number.parseInt(id.slice(0, 7), 16);
  return {
    id,
    name,
    labels: { __name__: name, host: HOST, ...labels },
    unit,
    kind,
    seed,
    usual,
    spread,
    floor: 0,
    trouble,
  };
}

const GIB = 2 ** 30;

/** The series that the overview shows, by title. */
export const HEADLINES: readonly [string, MadeUp][] = [
  [
    "cpu",
    made("host_cpu_busy_ratio", {}, "ratio", "gauge", daily(0.12, 0.34), 0.025, [
      { began: 840, lasted: undefined, by: 0.48 },
    ]),
  ],
  ["memory", made("host_memory_used_bytes", {}, "bytes", "gauge", daily(11 * GIB, 13 * GIB, 9_000), 0.25 * GIB)],
  ["load", made("host_load_1m", {}, "1", "gauge", daily(0.6, 2.1), 0.22, [{ began: 9_000, lasted: 1_100, by: 2.6 }])],
  ["disk", made("host_disk_written_bytes_total", { device: "nvme0n1" }, "bytes", "counter", daily(2e6, 9e6), 9e5)],
  [
    "network",
    made("host_network_received_bytes_total", { interface: "eth0" }, "bytes", "counter", daily(4e5, 3e6), 2.2e5, [
      { began: 520, lasted: undefined, by: -9e5 },
    ]),
  ],
  ["processes", made("host_processes", {}, null, "gauge", daily(310, 340), 4)],
];

const CPUS = Array.from({ length: 8 }, (_, cpu) =>
  ["user", "system", "iowait"].map((mode, i) =>
    made(
      "host_cpu_seconds_total",
      { cpu: String(cpu), mode },
      "seconds",
      "counter",
      daily(0.02, 0.2 / (i + 1), cpu * 900),
      0.02,
    ),
  ),
).flat();

const DISKS = ["/", "/home", "/var/lib/maru"].flatMap(mount => [
  made(
    "host_filesystem_free_bytes",
    { mountpoint: mount, fstype: "ext4" },
    "bytes",
    "gauge",
    s => 180 * GIB - (s % DAY) * 1e5,
    0.05 * GIB,
  ),
  made(
    "host_filesystem_used_ratio",
    { mountpoint: mount, fstype: "ext4" },
    "ratio",
    "gauge",
    s => 0.6 + (s % DAY) * 1e-7,
    0.001,
  ),
]);

const SERVICES = Array.from({ length: 60 }, (_, i) => {
  const labels = {
    service: `checkout-${String(i % 12).padStart(2, "0")}`,
    route: ["/cart", "/pay", "/status", "/login", "/items"][i % 5] ?? "/",
  };
  const trouble =
    i === 7 ? [{ began: 3_700, lasted: 600, by: 0.4 }] : i === 23 ? [{ began: 16_000, lasted: 5_200, by: 0.3 }] : [];
  return made(
    "http_server_request_duration_seconds",
    labels,
    "seconds",
    "gauge",
    daily(0.04, 0.09, i * 500),
    0.008,
    trouble,
  );
});

const OWN = [
  made("maru_samples_ingested_total", {}, null, "counter", daily(140, 150), 3),
  made("maru_resident_memory_bytes", {}, "bytes", "gauge", daily(74e6, 79e6), 6e5),
  made("host_temperature_celsius", { sensor: "k10temp" }, "celsius", "gauge", daily(48, 61), 1.4),
];

/** Every made-up series. */
export const SERIES: readonly MadeUp[] = [...HEADLINES.map(([, one]) => one), ...OWN, ...DISKS, ...CPUS, ...SERVICES];

/** What a made-up series measures at a moment, and the band around it. */
export function sampleAt(one: MadeUp, timeMs: number, startedMs: number) {
  const seconds = timeMs / 1_000;
  const usual = one.usual(seconds);
  const noise =
    (chance(one.seed, Math.floor(seconds)) + chance(one.seed + 1, Math.floor(seconds)) - 1) * one.spread * 1.3;
  const astray = one.trouble.find(trouble => isDuring(trouble, timeMs, startedMs));
  const ramp = astray ? Math.min(1, (timeMs - (startedMs - astray.began * 1_000)) / 60_000) : 0;
  return {
    value: Math.max(one.floor, usual + noise + (astray?.by ?? 0) * ramp),
    expected: usual,
    lower: Math.max(one.floor, usual - one.spread * 1.8),
    upper: usual + one.spread * 1.8,
    astray: astray !== undefined,
  };
}

function isDuring({ began, lasted }: Trouble, timeMs: number, startedMs: number): boolean {
  const begin = startedMs - began * 1_000;
  return timeMs >= begin && (lasted === undefined || timeMs <= begin + lasted * 1_000);
}
