// The server from inside: what it scrapes, who reports, what it computes, which labels cost most, what is stored,
// how it is configured, which load tests ran.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Tabs } from "../ui/Tabs";
import { Agents } from "./Agents";
import { Cardinality } from "./Cardinality";
import { Configuration } from "./Configuration";
import { LoadRuns } from "./LoadRuns";
import { Queries } from "./Queries";
import { Storage } from "./Storage";
import { TABS, type Tab } from "./search";
import styles from "./server.module.css";
import { Targets } from "./Targets";

const LABELS: Readonly<Record<Tab, string>> = {
  targets: "Targets",
  agents: "Agents",
  queries: "Queries",
  cardinality: "Cardinality",
  storage: "Storage",
  configuration: "Configuration",
  load: "Load tests",
};

const VIEWS = {
  targets: Targets,
  agents: Agents,
  queries: Queries,
  cardinality: Cardinality,
  storage: Storage,
  configuration: Configuration,
  load: LoadRuns,
} as const;

export function ServerPage() {
  const { tab = "targets" } = useSearch({ from: "/server" });
  const navigate = useNavigate();
  const View = VIEWS[tab];
  return (
    <div className={styles.page}>
      <div className={styles.tabs}>
        <Tabs
          label="Server"
          items={TABS.map((id) => ({ id, label: LABELS[id] }))}
          selected={tab}
          onSelect={(one) => void navigate({ to: "/server", search: (old) => ({ ...old, tab: one }) })}
        />
      </div>
      <div className={styles.body} role="tabpanel" aria-label={LABELS[tab]}>
        <View />
      </div>
    </div>
  );
}
