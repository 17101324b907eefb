// Quick ranges and exact ends. The exact ends accept everything that time/range.ts reads.
import { Button, Popover, TextInput } from "@mantine/core";
import { useState } from "react";
import { absolute, describeRange, isValidRange, type RawRange, resolveTime } from "../../time/range";
import { useTime } from "../../time/TimeContext";
import { useZone } from "../../time/useZone";
import { browserZone } from "../../time/zone";
import { Icon } from "../../ui/Icon";
import styles from "../Shell.module.css";

const QUICK: readonly RawRange[] = [
  ...["5m", "15m", "30m", "1h", "3h", "6h", "12h", "24h", "2d", "7d", "30d", "90d"].map((back) => ({
    from: `now-${back}`,
    to: "now",
  })),
];

const NAMED: readonly { label: string; raw: RawRange }[] = [
  ...QUICK.map((raw) => ({ label: describeRange(raw), raw })),
  { label: "Today so far", raw: { from: "now/d", to: "now" } },
  { label: "Yesterday", raw: { from: "now-1d/d", to: "now-1d/d" } },
  { label: "This week so far", raw: { from: "now/w", to: "now" } },
];

const nameOf = (raw: RawRange) =>
  NAMED.find((one) => one.raw.from === raw.from && one.raw.to === raw.to)?.label ?? describeRange(raw);

export function TimeRangePicker() {
  const time = useTime();
  useZone();
  const [open, setOpen] = useState(false);
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-end" shadow="none" offset={6} trapFocus>
      <Popover.Target>
        <button
          type="button"
          className={styles.pill}
          onClick={() => setOpen(!open)}
          title={`${absolute(time.range.from)} to ${absolute(time.range.to)}`}
          data-testid="time-range"
        >
          <Icon name="clock" size={15} />
          {nameOf(time.raw)}
        </button>
      </Popover.Target>
      <Popover.Dropdown p={0}>
        {open && (
          <Ranges
            raw={time.raw}
            now={time.now}
            onPick={(raw) => {
              time.setRaw(raw);
              setOpen(false);
            }}
          />
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

function Ranges({ raw, now, onPick }: { raw: RawRange; now: number; onPick: (raw: RawRange) => void }) {
  const [draft, setDraft] = useState(() => ({ from: editable(raw.from), to: editable(raw.to) }));
  const valid = isValidRange(draft);
  const apply = () => {
    if (valid) onPick({ from: settled(draft.from, now, false), to: settled(draft.to, now, true) });
  };
  return (
    <div className={styles.ranges}>
      <div className={styles.quick}>
        {NAMED.map((one) => (
          <button
            type="button"
            key={one.label}
            aria-current={one.raw.from === raw.from && one.raw.to === raw.to}
            onClick={() => onPick(one.raw)}
          >
            {one.label}
          </button>
        ))}
      </div>
      <form
        className={styles.exact}
        onSubmit={(event) => {
          event.preventDefault();
          apply();
        }}
      >
        <TextInput
          size="xs"
          label="From"
          value={draft.from}
          onChange={(event) => setDraft({ ...draft, from: event.currentTarget.value })}
          data-autofocus
        />
        <TextInput
          size="xs"
          label="To"
          value={draft.to}
          onChange={(event) => setDraft({ ...draft, to: event.currentTarget.value })}
          error={valid ? undefined : "From must be before To. Write now-2h, now/d, or 2026-11-25 14:00:00."}
        />
        <Button type="submit" size="xs" disabled={!valid}>
          Apply
        </Button>
        <div className={styles.muted}>Times are in {useZone() ?? browserZone()}.</div>
      </form>
    </div>
  );
}

function editable(text: string): string {
  const at = text.startsWith("now") ? undefined : resolveTime(text, 0, false);
  return at === undefined ? text : absolute(at);
}

function settled(text: string, now: number, isEnd: boolean): string {
  if (text.trim().startsWith("now")) return text.trim();
  const at = resolveTime(text, now, isEnd);
  return at === undefined ? text : String(at);
}
