// Our own line icons on a 20-pixel grid: a few hundred bytes instead of a library.
const PATHS = {
  home: "M3 9.5 10 3.5l7 6M5 8.5v8h3.5v-4.5h3v4.5H15v-8",
  explore: "M10 2.8a7.2 7.2 0 1 0 0 14.4 7.2 7.2 0 0 0 0-14.4zM13 7l-1.7 4.3L7 13l1.7-4.3z",
  server: "M3.5 4h13v5h-13zM3.5 11h13v5h-13zM6.5 6.5h.1M6.5 13.5h.1",
  dashboards: "M3.5 3.5h5.5v7H3.5zM11 3.5h5.5v4H11zM11 9.5h5.5v7H11zM3.5 12.5H9v4H3.5z",
  metrics: "M3 16.5h14M4 13l4-5 3 3 5-7",
  logs: "M3.5 5h13M3.5 10h9M3.5 15h11",
  traces: "M3 4.5h8M6 10h9M9 15.5h8",
  search: "M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM13 13l4 4",
  refresh: "M16 6.5A6.7 6.7 0 1 0 16.6 11M16.5 3v4h-4",
  left: "M12 4.5 6.5 10l5.5 5.5",
  right: "m8 4.5 5.5 5.5L8 15.5",
  down: "m5 7.5 5 5 5-5",
  up: "m5 12.5 5-5 5 5",
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  close: "m5 5 10 10M15 5 5 15",
  sun: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.3l1.5 1.5M14.2 14.2l1.5 1.5M4.3 15.7l1.5-1.5M14.2 5.8l1.5-1.5",
  moon: "M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5z",
  auto: "M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14",
  help: "M7.5 7.5a2.5 2.5 0 1 1 3.6 2.3c-.8.4-1.1.8-1.1 1.7M10 14.6v.1M10 2.8a7.2 7.2 0 1 0 0 14.4 7.2 7.2 0 0 0 0-14.4z",
  copy: "M7 7h9v9H7zM4 13V4h9",
  check: "m4 10.5 4 4 8-9",
  play: "M6 4.5v11l9-5.5z",
  pause: "M7 4.5v11M13 4.5v11",
  more: "M4.5 10h.1M10 10h.1M15.5 10h.1",
  zoomOut: "M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM13 13l4 4M6.5 9h5",
  wrap: "M3 5h14M3 10h11a2.5 2.5 0 0 1 0 5h-3M13 12.8 10.8 15l2.2 2.2M3 15h4",
  filter: "M3 4.5h14l-5.5 6.5v5l-3-1.5V11z",
  clock: "M10 2.8a7.2 7.2 0 1 0 0 14.4 7.2 7.2 0 0 0 0-14.4zM10 6v4.2l2.8 1.8",
  link: "M8.5 11.5a3 3 0 0 0 4.2 0l3-3a3 3 0 0 0-4.2-4.2l-1 1M11.5 8.5a3 3 0 0 0-4.2 0l-3 3a3 3 0 0 0 4.2 4.2l1-1",
  warn: "M10 3.5 17.5 16h-15zM10 8v4M10 14v.1",
  table: "M3 4.5h14v11H3zM3 8.5h14M8 8.5v7",
  braces:
    "M8 3.5c-2.5 0-1.5 3-1.5 4.5S5.5 10 4.5 10c1 0 2 .5 2 2S5.5 16.5 8 16.5M12 3.5c2.5 0 1.5 3 1.5 4.5s1 2 2 2c-1 0-2 .5-2 2s1 4.5-1.5 4.5",
  format: "M3 4.5h14M6.5 8.2h10.5M6.5 11.8h7M3 15.5h10",
  stack: "M4 5.5h12M4 9h12M4 12.5h8M4 16h8",
  columns: "M3.5 4h13v12h-13zM10 4v12",
  drilldown: "M3.5 3.5h5v5h-5zM11.5 3.5h5v5h-5zM3.5 11.5h5v5h-5zM14 11.5v5M11.5 14h5",
  build: "M4 6h9M15.5 6h.5M4 10h2M9 10h7M4 14h7M14 14h2",
  tree: "M4 4h5v3H4zM11 8.5h5v3h-5zM11 13.5h5v3h-5zM6.5 7v8H11M6.5 10H11",
  history: "M4 10a6.5 6.5 0 1 0 2-4.7L4 7.3M4 3.5v3.8h3.8M10 6.5V10l2.5 1.5",
  map: "M10 3a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM4.5 13a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM15.5 13a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM9 6.8 5.5 13.2M11 6.8l3.5 6.4M6.5 15h7",
  compare: "M6 4v12M14 4v12M3 7l3-3 3 3M11 13l3 3 3-3",
  settings: "M4 6h7M15 6h1M13 4v4M4 14h1M9 14h7M7 12v4",
  star: "M10 3.2l2.1 4.4 4.8.6-3.5 3.3.9 4.8L10 14l-4.3 2.3.9-4.8-3.5-3.3 4.8-.6z",
  stop: "M5 5h10v10H5z",
  folder: "M3 6V4.5h5l1.5 2H17v9H3zM3 6.5h14",
  share:
    "M5 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM14.5 3a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM14.5 13a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM6.8 9l6-3.2M6.8 11l6 3.2",
  eye: "M2.5 10S5.5 5 10 5s7.5 5 7.5 5-3 5-7.5 5-7.5-5-7.5-5zM10 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
  eyeOff: "M2.5 10S5.5 5 10 5s7.5 5 7.5 5-3 5-7.5 5-7.5-5-7.5-5zM10 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM4 16.5 16 3.5",
  download: "M10 3v10M6 9.5l4 4 4-4M4 16.5h12",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.6}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      style={{ flex: "none" }}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
