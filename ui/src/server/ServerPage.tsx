// The server from inside: what it scrapes, which labels cost most, what is stored, how it is configured.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Tabs } from "../ui/Tabs";
import { Cardinality } from "./Cardinality";
import { Configuration } from "./Configuration";
import { Storage } from "./Storage";
import { TABS, type Tab } from "./search";
import styles from "./server.module.css";
import { Targets } from "./Targets";

const LABELS: Readonly<Record<Tab, string>> = {
  targets: "Targets",
  cardinality: "Cardinality",
  storage: "Storage",
  configuration: "Configuration",
};

const VIEWS = { targets: Targets, cardinality: Cardinality, storage: Storage, configuration: Configuration } as const;

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
