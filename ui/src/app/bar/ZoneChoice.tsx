// The zone that times are in. On a dashboard it is chosen here, for this address; what is stored with the dashboard stays.
import { NativeSelect } from "@mantine/core";
import { useLocation, useNavigate, useSearch } from "@tanstack/react-router";
import { useZone } from "../../time/useZone";
import { browserZone } from "../../time/zone";
import styles from "./ranges.module.css";

const ZONES = ["browser", "utc", ...Intl.supportedValuesOf("timeZone")];

export function ZoneChoice() {
  const shown = useZone() ?? browserZone();
  const { pathname } = useLocation();
  const { timezone } = useSearch({ strict: false }) as { timezone?: string };
  const navigate = useNavigate();
  if (!/\/d\/[^/]+/.test(pathname)) return <div className={styles.label}>Times are in {shown}.</div>;
  const choose = (next: string) =>
    void navigate({
      to: ".",
      search: (old) => ({ ...old, timezone: next === "" ? undefined : next }) as typeof old,
      replace: true,
    });
  return (
    <div className={styles.zone}>
      <span>Times are in</span>
      <NativeSelect
        size="xs"
        aria-label="Time zone"
        value={timezone ?? ""}
        data={[
          { value: "", label: timezone === undefined ? shown : "As the dashboard says" },
          ...ZONES.map((one) => ({
            value: one,
            label: one === "browser" ? `Browser: ${browserZone()}` : one === "utc" ? "UTC" : one,
          })),
        ]}
        onChange={(event) => choose(event.currentTarget.value)}
        style={{ flex: 1, minWidth: 0 }}
      />
    </div>
  );
}
