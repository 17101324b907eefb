// The rail: one icon a room. Only rooms that exist are shown.
import { Tooltip } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Icon, type IconName } from "../ui/Icon";
import styles from "./Shell.module.css";
import { useScheme } from "./scheme";

const ROOMS: readonly {
  to: "/" | "/explore" | "/drilldown" | "/dashboards" | "/server";
  icon: IconName;
  label: string;
  keys: string;
}[] = [
  { to: "/", icon: "home", label: "Home", keys: "g h" },
  { to: "/explore", icon: "explore", label: "Explore", keys: "g e" },
  { to: "/drilldown", icon: "drilldown", label: "Drilldown", keys: "g i" },
  { to: "/dashboards", icon: "dashboards", label: "Dashboards", keys: "g d" },
  { to: "/server", icon: "server", label: "Server", keys: "g s" },
];

const SCHEME_ICONS = { auto: "auto", dark: "moon", light: "sun" } as const;
const SCHEME_LABELS = { auto: "Colours follow the system", dark: "Dark", light: "Light" } as const;

export function Rail({ onHelp }: { onHelp: () => void }) {
  const scheme = useScheme();
  return (
    <nav className={styles.rail} aria-label="Rooms">
      <Link to="/" search={keepShell} className={styles.mark} aria-label="Oriel">
        <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true">
          <path d="M7 28V14a9 9 0 0 1 18 0v14z" fill="var(--accent)" />
          <path d="M16 5v23M7 17h18" stroke="var(--surface)" strokeWidth="2" />
        </svg>
      </Link>
      {ROOMS.map((room) => (
        <Tooltip key={room.to} label={`${room.label}  ${room.keys}`} position="right">
          <Link
            to={room.to}
            search={keepShell}
            className={styles.item}
            aria-label={room.label}
            activeOptions={{ exact: room.to === "/", includeSearch: false }}
          >
            <Icon name={room.icon} size={20} />
          </Link>
        </Tooltip>
      ))}
      <div className={styles.gap} />
      <Tooltip label={SCHEME_LABELS[scheme.choice]} position="right">
        <button
          type="button"
          className={styles.item}
          onClick={scheme.next}
          aria-label={`Colour scheme: ${scheme.choice}. Change it.`}
          data-testid="scheme"
        >
          <Icon name={SCHEME_ICONS[scheme.choice]} size={19} />
        </button>
      </Tooltip>
      <Tooltip label="Keys  ?" position="right">
        <button type="button" className={styles.item} onClick={onHelp} aria-label="Show the keys">
          <Icon name="help" size={19} />
        </button>
      </Tooltip>
    </nav>
  );
}

/** Time range, refresh and tenant go along to every page; what belongs to one page stays there. */
function keepShell(search: { from?: string; to?: string; refresh?: string; tenant?: string }) {
  return { from: search.from, to: search.to, refresh: search.refresh, tenant: search.tenant };
}
