// Which tenant the page reads. Hidden while there is only one.
import { Menu } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Icon } from "../../ui/Icon";
import styles from "../Shell.module.css";
import { useStatus } from "../useStatus";

export function TenantPicker() {
  const { tenant } = useSearch({ from: "__root__" });
  const navigate = useNavigate();
  const tenants = useStatus().data?.tenants ?? [];
  if (tenants.length < 2 && tenant === undefined) return null;
  const choose = (name: string | undefined) => void navigate({ to: ".", search: (old) => ({ ...old, tenant: name }) });
  return (
    <Menu position="bottom-end" offset={6}>
      <Menu.Target>
        <button type="button" className={styles.pill} aria-label="Tenant">
          <span className={styles.muted}>Tenant</span>
          {tenant ?? "default"}
          <Icon name="down" size={13} />
        </button>
      </Menu.Target>
      <Menu.Dropdown mah={320} style={{ overflow: "auto" }}>
        <Menu.Item onClick={() => choose(undefined)}>default</Menu.Item>
        {tenants.map((name) => (
          <Menu.Item key={name} onClick={() => choose(name)}>
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
