// A month of days: the first click is one end of the range, the second the other.
import { useState } from "react";
import { calendar, wallOf } from "../../time/zone";
import { IconButton } from "../../ui/IconButton";
import { dayOf, daysRange, dayText, monthGrid } from "./monthGrid";
import styles from "./ranges.module.css";

interface Props {
  /** The days of the ends, `2026-11-25`. */
  from: string | undefined;
  to: string | undefined;
  now: number;
  onDays: (range: { readonly from: string; readonly to: string }) => void;
}

const WEEKDAYS = ["Su", "Mo", "Tu", "We", "Th", "Fr", "Sa"];
const MONTH = new Intl.DateTimeFormat("en", { month: "long", year: "numeric", timeZone: "UTC" });

export function Calendar({ from, to, now, onDays }: Props) {
  const today = dayOf(wallOf(now));
  const [shown, setShown] = useState(() => {
    const [year = today.year, month = today.month + 1] = (to ?? "").split("-").map(Number);
    return to === undefined ? today : { year, month: month - 1 };
  });
  /** The end that was clicked first. */
  const [begun, setBegun] = useState<string>();
  const { weekStart } = calendar();
  const turn = (by: number) => setShown(dayOf(new Date(Date.UTC(shown.year, shown.month + by, 1))));
  const pick = (day: string) => {
    onDays(daysRange(begun ?? day, day));
    setBegun(begun === undefined ? day : undefined);
  };
  return (
    <div data-testid="calendar">
      <div className={styles.calendarHead}>
        <IconButton icon="left" label="The month before" size={24} onClick={() => turn(-1)} />
        <span>{MONTH.format(Date.UTC(shown.year, shown.month, 1))}</span>
        <IconButton icon="right" label="The month after" size={24} onClick={() => turn(1)} />
      </div>
      <table className={styles.calendar}>
        <thead>
          <tr>
            {WEEKDAYS.map((_, at) => (
              <th key={WEEKDAYS[at]} scope="col">
                {WEEKDAYS[(at + weekStart) % 7]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {monthGrid(shown.year, shown.month, weekStart).map((week) => (
            <tr key={week[0] === undefined ? "" : dayText(week[0])}>
              {week.map((one) => {
                const day = dayText(one);
                return (
                  <td key={day}>
                    <button
                      type="button"
                      aria-label={day}
                      aria-current={day === dayText(today) ? "date" : undefined}
                      aria-pressed={from !== undefined && to !== undefined && day >= from && day <= to}
                      data-outside={one.month !== shown.month}
                      onClick={() => pick(day)}
                    >
                      {one.day}
                    </button>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
