const PATHS = {
  overview: "M4 5h7v6H4z M15 5h5v6h-5z M4 15h5v4H4z M13 15h7v4h-7z",
  watch: "M3 13h3.5l2.5-7 4.5 13 3-8 1.5 2h3",
  anomalies: "M12 4.5 21 19.5H3z M12 10v4.5 M12 17v.01",
  data: "M4 6.5c0-1.4 3.6-2.5 8-2.5s8 1.1 8 2.5-3.6 2.5-8 2.5-8-1.1-8-2.5z M4 6.5v11C4 18.9 7.6 20 12 20s8-1.1 8-2.5v-11 M4 12c0 1.4 3.6 2.5 8 2.5s8-1.1 8-2.5",
  settings: "M4 7h9 M17 7h3 M4 17h3 M11 17h9 M13 7a2 2 0 1 0 4 0a2 2 0 1 0-4 0 M7 17a2 2 0 1 0 4 0a2 2 0 1 0-4 0",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13z M15.2 15.2 20 20",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.7l-1 1 M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  copy: "M9 9h11v11H9z M5 15H4V4h11v1",
  check: "M5 12.5 10 17.5 19 7.5",
  close: "M6 6l12 12 M18 6 6 18",
  back: "M11 5l-7 7 7 7 M4 12h16",
  forward: "M9 6l6 6-6 6",
  zoomOut: "M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13z M15.2 15.2 20 20 M8 10.5h5",
  play: "M7 5v14l11-7z",
  sun: "M12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8z M12 2.5v2 M12 19.5v2 M2.5 12h2 M19.5 12h2 M5.3 5.3l1.4 1.4 M17.3 17.3l1.4 1.4 M5.3 18.7l1.4-1.4 M17.3 6.7l1.4-1.4",
  moon: "M20 14.5A8 8 0 1 1 9.5 4a6.5 6.5 0 0 0 10.5 10.5z",
  auto: "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16z M12 4v16 M12 8l6.5-1 M12 12h8 M12 16l6.5 1",
  language: "M4 6h9 M8.5 4v2 M6 10c1.5 2.5 4 4.5 6.5 5.5 M11 6c-.5 4-3 8-7 9.5 M12.5 20l4-10 4 10 M14 17h5",
  person: "M12 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8z M4.5 20c.7-3.8 3.7-5.5 7.5-5.5s6.8 1.7 7.5 5.5",
  leave: "M14 5H5v14h9 M10 12h11 M17 8l4 4-4 4",
  keyboard: "M3 7h18v10H3z M7 10.5v.01 M10.5 10.5v.01 M14 10.5v.01 M17.5 10.5v.01 M8 14h8",
} as const;

/** The name of a drawing. */
export type IconName = keyof typeof PATHS;

/** A line drawing of 24 units. Decoration only: what it means stands beside it or in its button's label. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.75}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
