// Links of a dashboard to others, by address or by tags.
import { Menu } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { apiUrl } from "../../api/http";
import { useTime } from "../../time/TimeContext";
import { Icon } from "../../ui/Icon";
import { searchDashboards } from "../api";
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

function Plain({ link }: { link: DashboardLink }) {
  const { dashboard, variables } = useDashboard();
  const { range, raw } = useTime();
  const clock = { range, raw, stepMs: 15_000, scrapeMs: 15_000 };
  const lookup = lookupOf(variables, new Map(), macroLookup(clock, dashboard, variables), dashboard.inputs);
  const added = [
    ...(link.keepTime ? ["${__url_time_range}"] : []),
    ...(link.includeVars ? ["${__all_variables}"] : []),
  ].join("&");
  const url = added === "" ? link.url : `${link.url}${link.url.includes("?") ? "&" : "?"}${added}`;
  const href = safeHref(interpolate(url, lookup, "plain"));
  if (href === undefined) return null;
  const full = href.startsWith("http") ? href : apiUrl(href).href;
  return (
    <a className={styles.link} href={full} target={link.newTab ? "_blank" : undefined} rel="noreferrer">
      <Icon name="link" size={13} />
      {link.title || href}
    </a>
  );
}

function ByTags({ link }: { link: DashboardLink }) {
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const found = useQuery({ queryKey: ["dashboards"], queryFn: ({ signal }) => searchDashboards(signal) });
  const hits = (found.data ?? []).filter((one) => link.tags.every((tag) => one.tags.includes(tag)));
  if (hits.length === 0) return null;
  const kept = Object.fromEntries(
    Object.entries(search).filter(
      ([name]) =>
        (link.keepTime && (name === "from" || name === "to")) || (link.includeVars && name.startsWith("var-")),
    ),
  );
  return (
    <Menu position="bottom-end" offset={4}>
      <Menu.Target>
        <button type="button" className={styles.link}>
          {link.title || link.tags.join(", ")}
          <Icon name="down" size={13} />
        </button>
      </Menu.Target>
      <Menu.Dropdown mah={360} style={{ overflow: "auto" }}>
        {hits.map((one) => (
          <Menu.Item key={one.uid} component={Link} to={`/d/${one.uid}`} search={kept as never}>
            {one.title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
