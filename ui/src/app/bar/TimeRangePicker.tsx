// The shown time, behind a button: ranges that have a name, and exact ends.
import { Popover } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { absolute } from "../../time/range";
import { useTime } from "../../time/TimeContext";
import { useZone } from "../../time/useZone";
import { Icon } from "../../ui/Icon";
import styles from "../Shell.module.css";
import { nameOfRange } from "./quickRanges";
import { rememberRange } from "./recentRanges";

const RangePanel = lazy(() => import("./RangePanel").then((module) => ({ default: module.RangePanel })));

export function TimeRangePicker() {
  const time = useTime();
  useZone();
  const [open, setOpen] = useState(false);
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" shadow="none" offset={6} trapFocus returnFocus>
      <Popover.Target>
        <button
          type="button"
          className={styles.pill}
          onClick={() => setOpen(!open)}
          title={`${absolute(time.range.from)} to ${absolute(time.range.to)}`}
          data-testid="time-range"
        >
          <Icon name="clock" size={15} />
          {nameOfRange(time.raw)}
        </button>
      </Popover.Target>
      <Popover.Dropdown p={0}>
        {open && (
          <Suspense fallback={null}>
            <RangePanel
              raw={time.raw}
              now={time.now}
              onPick={(raw) => {
                rememberRange(raw);
                time.setRaw(raw);
                setOpen(false);
              }}
            />
          </Suspense>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
