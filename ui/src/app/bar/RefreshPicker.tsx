// Refresh now, or by itself every few seconds.
import { Menu } from "@mantine/core";
import { useIsFetching, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTime } from "../../time/TimeContext";
import { useLasting } from "../../ui/hooks/useLasting";
import { Icon } from "../../ui/Icon";
import { IconButton } from "../../ui/IconButton";
import styles from "../Shell.module.css";
import { AUTO_REFRESH, REFRESHES } from "../search";

/** Answers that take longer may be given up. */
const SLOW_MS = 3_000;

/** What panels ask for. */
const ASKED = {
  predicate: ({ queryKey }: { queryKey: readonly unknown[] }) => String(queryKey[0]).startsWith("panel"),
};

export function RefreshPicker() {
  const { refresh } = useSearch({ from: "__root__" });
  const navigate = useNavigate();
  const time = useTime();
  const client = useQueryClient();
  const busy = useIsFetching() > 0;
  const slow = useLasting(useIsFetching(ASKED) > 0, SLOW_MS);
  const choose = (value: string | undefined) =>
    void navigate({ to: ".", search: (old) => ({ ...old, refresh: value }), replace: true });
  return (
    <div className={styles.group} data-busy={busy}>
      {slow ? (
        <IconButton icon="stop" label="Stop asking" size={26} onClick={() => void client.cancelQueries(ASKED)} />
      ) : (
        <IconButton icon="refresh" label="Refresh" keys="d r" size={26} onClick={time.refresh} />
      )}
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
