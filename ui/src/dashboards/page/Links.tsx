// Links of a dashboard to others, by address or by tags.
import { Menu } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { apiUrl } from "../../api/http";
import { useTime } from "../../time/TimeContext";
import { useFollow } from "../../ui/hooks/useFollow";
import { Icon, type IconName } from "../../ui/Icon";
import { type DashboardHit, searchDashboards } from "../api";
import type { Dashboard, DashboardLink } from "../model/types";
import { safeHref } from "../panels/compute/links";
import { interpolate } from "../variables/interpolate";
import { lookupOf, macroLookup } from "../variables/values";
import { useDashboard } from "./DashboardContext";
import styles from "./page.module.css";

export function Links({ dashboard }: { dashboard: Dashboard }) {
  return (
    <>
      {dashboard.links.map((link) =>
        link.kind === "dashboards" ? (
          <ByTags key={link.title + link.tags.join()} link={link} />
        ) : (
          <Plain key={link.url} link={link} />
        ),
      )}
    </>
  );
}

/** Our icons for the names that dashboards have for theirs. */
const ICONS: Readonly<Record<string, IconName>> = {
  dashboard: "dashboards",
  question: "help",
  info: "help",
  bolt: "play",
  doc: "logs",
  cloud: "server",
};

/** More dashboards than this are not a row of links. */
const MOST_BESIDE = 20;

/** An address with what the link takes along, filled in. */
function useAddress(link: DashboardLink): (url: string) => string | undefined {
  const { dashboard, variables } = useDashboard();
  const { range, raw } = useTime();
  const { tenant } = useSearch({ from: "__root__" });
  const clock = { range, raw, stepMs: 15_000, scrapeMs: 15_000 };
  const lookup = lookupOf(variables, new Map(), macroLookup(clock, dashboard, variables), dashboard.inputs);
  const added = [
    ...(link.keepTime ? ["${__url_time_range}"] : []),
    ...(link.includeVars ? ["${__all_variables}"] : []),
  ].join("&");
  return (url) => {
    const whole = added === "" ? url : `${url}${url.includes("?") ? "&" : "?"}${added}`;
    const href = safeHref(interpolate(whole, lookup, "plain"));
    if (href === undefined || href.startsWith("http")) return href;
    const own = apiUrl(href);
    if (tenant !== undefined) own.searchParams.set("tenant", tenant);
    return own.href;
  };
}

function Plain({ link }: { link: DashboardLink }) {
  const { variables, dashboard } = useDashboard();
  const follow = useFollow();
  const href = useAddress(link)(link.url);
  if (href === undefined) return null;
  const title = interpolate(link.title, lookupOf(variables, new Map(), undefined, dashboard.inputs), "words");
  return (
    <a className={styles.link} href={href} title={link.tooltip || undefined} {...targetOf(link)} onClick={follow}>
      <Icon name={ICONS[link.icon] ?? "link"} size={13} />
      {title || href}
    </a>
  );
}

const targetOf = ({ newTab }: DashboardLink) => ({ target: newTab ? "_blank" : undefined, rel: "noreferrer" });

function ByTags({ link }: { link: DashboardLink }) {
  const { dashboard } = useDashboard();
  const found = useQuery({ queryKey: ["dashboards"], queryFn: ({ signal }) => searchDashboards(signal) });
  const address = useAddress(link);
  const follow = useFollow();
  const hits = (found.data ?? []).filter(
    (one) => one.uid !== dashboard.uid && link.tags.every((tag) => one.tags.includes(tag)),
  );
  const hrefOf = (one: DashboardHit) => address(`/d/${encodeURIComponent(one.uid)}`);
  if (hits.length === 0) return null;
  if (!link.asMenu && hits.length <= MOST_BESIDE) {
    return hits.map((one) => (
      <a
        key={one.uid}
        className={styles.link}
        href={hrefOf(one)}
        title={one.description || undefined}
        {...targetOf(link)}
        onClick={follow}
      >
        <Icon name="dashboards" size={13} />
        {one.title}
      </a>
    ));
  }
  return (
    <Menu position="bottom-end" offset={4}>
      <Menu.Target>
        <button type="button" className={styles.link} title={link.tooltip || undefined}>
          {link.title || link.tags.join(", ")}
          <Icon name="down" size={13} />
        </button>
      </Menu.Target>
      <Menu.Dropdown mah={360} style={{ overflow: "auto" }}>
        {hits.map((one) => (
          <Menu.Item key={one.uid} component="a" href={hrefOf(one)} {...targetOf(link)} onClick={follow}>
            {one.title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
