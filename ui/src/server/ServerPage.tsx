// The server from inside: what it scrapes, who reports, what it computes, which labels cost most, what is stored,
// how it is configured, which load tests ran, who has tokens.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { TabbedPage } from "../ui/tabs/TabbedPage";
import { Agents } from "./agents/Agents";
import { Cardinality } from "./cardinality/Cardinality";
import { Configuration } from "./configuration/Configuration";
import { LoadRuns } from "./load/LoadRuns";
import { Queries } from "./Queries";
import { TABS, type Tab } from "./search";
import styles from "./server.module.css";
import { Storage } from "./storage/Storage";
import { Targets } from "./targets/Targets";
import { Tokens } from "./tokens/Tokens";

const LABELS: Readonly<Record<Tab, string>> = {
  targets: "Targets",
  agents: "Agents",
  queries: "Queries",
  cardinality: "Cardinality",
  storage: "Storage",
  configuration: "Configuration",
  load: "Load tests",
  tokens: "Tokens",
};

const VIEWS = {
  targets: Targets,
  agents: Agents,
  queries: Queries,
  cardinality: Cardinality,
  storage: Storage,
  configuration: Configuration,
  load: LoadRuns,
  tokens: Tokens,
} as const;

export function ServerPage() {
  const { tab = "targets" } = useSearch({ from: "/server" });
  const navigate = useNavigate();
  const View = VIEWS[tab];
  return (
    <TabbedPage
      label="Server"
      items={TABS.map((id) => ({ id, label: LABELS[id] }))}
      selected={tab}
      onSelect={(one) => void navigate({ to: "/server", search: (old) => ({ ...old, tab: one }) })}
      className={styles.body}
    >
      <View />
    </TabbedPage>
  );
}
