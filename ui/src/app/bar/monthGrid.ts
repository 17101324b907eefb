// The days of a month as a calendar shows them: whole weeks. Days are walls of UTC, so that no clock change moves them. Pure.

export interface Day {
  readonly year: number;
  /** 0 is January. */
  readonly month: number;
  readonly day: number;
}

/** Weeks of seven days that hold the month, with the ends of its neighbours. */
export function monthGrid(year: number, month: number, weekStart: number): Day[][] {
  const first = new Date(Date.UTC(year, month, 1));
  const lead = (first.getUTCDay() - weekStart + 7) % 7;
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const weeks = Math.ceil((lead + last) / 7);
  return Array.from({ length: weeks }, (_, week) =>
    Array.from({ length: 7 }, (_none, at) => dayOf(new Date(Date.UTC(year, month, 1 - lead + week * 7 + at)))),
  );
}

export function dayOf(wall: Date): Day {
  return { year: wall.getUTCFullYear(), month: wall.getUTCMonth(), day: wall.getUTCDate() };
}

/** `2026-11-25` */
export function dayText({ year, month, day }: Day): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${year}-${two(month + 1)}-${two(day)}`;
}

/** The days that two clicks mean, whichever came first, as the ends of a range. */
export function daysRange(one: string, other: string): { readonly from: string; readonly to: string } {
  const [from, to] = one < other ? [one, other] : [other, one];
  return { from: `${from} 00:00:00`, to: `${to} 23:59:59` };
}
