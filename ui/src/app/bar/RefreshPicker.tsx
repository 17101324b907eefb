// Refresh now, or by itself every few seconds.
import { Menu } from "@mantine/core";
import { useIsFetching } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTime } from "../../time/TimeContext";
import { Icon } from "../../ui/Icon";
import { IconButton } from "../../ui/IconButton";
import styles from "../Shell.module.css";
import { AUTO_REFRESH, REFRESHES } from "../search";

export function RefreshPicker() {
  const { refresh } = useSearch({ from: "__root__" });
  const navigate = useNavigate();
  const time = useTime();
  const busy = useIsFetching() > 0;
  const choose = (value: string | undefined) =>
    void navigate({ to: ".", search: (old) => ({ ...old, refresh: value }), replace: true });
  return (
    <div className={styles.group} data-busy={busy}>
      <IconButton icon="refresh" label="Refresh" keys="d r" size={26} onClick={time.refresh} />
      <span className={styles.divider} />
      <Menu position="bottom-end" offset={6} width={120}>
        <Menu.Target>
          <button type="button" className={styles.pill} aria-label="Refresh interval">
            {refresh ?? "Off"}
            <Icon name="down" size={13} />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => choose(undefined)}>Off</Menu.Item>
          <Menu.Item onClick={() => choose(AUTO_REFRESH)} title="As often as the shown time has something new">
            auto
          </Menu.Item>
          {REFRESHES.map((every) => (
            <Menu.Item key={every} onClick={() => choose(every)}>
              {every}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}
