import { afterEach, expect, it } from "vitest";
import { clockText } from "../charts/axes/axes";
import { formatValue } from "../dashboards/field/units";
import { formatDate } from "../dashboards/variables/dates";
import { absolute, resolveTime } from "./range";
import { momentOf, readZone, showIn, wallOf } from "./zone";

afterEach(() => showIn(undefined));

/** The clock goes from 2:00 to 3:00 at 1:00 UTC. */
const SPRING = Date.UTC(2026, 2, 29, 1);

it("has no clock for what no calendar has, and does not break on it", () => {
  showIn("Asia/Kolkata");
  expect(absolute(1e17)).toContain("NaN");
});

it("reads the names that dashboards have for zones", () => {
  expect(readZone("browser")).toBeUndefined();
  expect(readZone("")).toBeUndefined();
  expect(readZone("Mars/Olympus")).toBeUndefined();
  expect(readZone("Asia/Kolkata")).toMatch(/^Asia\/(Kolkata|Calcutta)$/);
  expect(readZone(Intl.DateTimeFormat().resolvedOptions().timeZone)).toBeUndefined();
});

it("writes times on the clock of the zone", () => {
  const at = Date.UTC(2026, 0, 15, 23, 30, 5);
  for (const [zone, text, clock] of [
    ["UTC", "2026-01-15 23:30:05", "23:30"],
    ["Europe/Berlin", "2026-01-16 00:30:05", "00:30"],
    ["Asia/Kolkata", "2026-01-16 05:00:05", "05:00"],
    ["America/New_York", "2026-01-15 18:30:05", "18:30"],
  ] as const) {
    showIn(zone);
    expect(absolute(at), zone).toBe(text);
    expect(clockText(at / 1_000, 60), zone).toBe(clock);
    expect(formatDate(at, "YYYY-MM-DD HH:mm:ss x"), zone).toBe(`${text} ${at}`);
    expect(formatValue(at, "dateTimeAsIso"), zone).toBe(text);
    expect(resolveTime(text, 0, false), zone).toBe(at - 0);
  }
});

it("begins days by the clock of the zone, over its changes too", () => {
  showIn("Europe/Berlin");
  const noon = Date.UTC(2026, 2, 29, 10);
  expect(resolveTime("now/d", noon, false)).toBe(Date.UTC(2026, 2, 28, 23));
  expect(resolveTime("now/d", noon, true)).toBe(Date.UTC(2026, 2, 29, 22) - 1);
  expect(resolveTime("now-1M/M", noon, false)).toBe(Date.UTC(2026, 0, 31, 23));
  showIn("UTC");
  expect(resolveTime("now/d", noon, false)).toBe(Date.UTC(2026, 2, 29));
  expect(resolveTime("2026-03-29", noon, false)).toBe(Date.UTC(2026, 2, 29));
  expect(resolveTime("2026-03-29T12:00:00+02:00", noon, false)).toBe(noon);
});

it("goes from the wall to the moment and back", () => {
  for (const zone of ["UTC", "Europe/Berlin", "America/St_Johns", undefined]) {
    showIn(zone);
    for (let at = SPRING - 7_200_000; at < SPRING + 14_400_000; at += 900_000) {
      expect(momentOf(wallOf(at).getTime()), `${zone} ${at}`).toBe(at);
    }
  }
});
