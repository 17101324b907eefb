import { describe, expect, it } from "vitest";
import { makeField } from "../../data/frame";
import { seriesOf } from "../compute/series";
import { candleLook, candlesOf, turnOf } from "./candles";

const NAMES = { open: [1, 2, 3], high: [3, 4, 5], low: [0, 1, 2], close: [2, 1, 3], Volume: [10, 40, 20] };

function setOf(columns: Readonly<Record<string, readonly number[]>>) {
  const fields = Object.entries(columns).map(([name, values]) => makeField(name, "number", values));
  return seriesOf([{ refId: "A", fields: [makeField("Time", "time", [1_000, 2_000, 3_000]), ...fields] }], true);
}

const names = (columns: Readonly<Record<string, readonly number[]>>, options = {}) =>
  candlesOf(setOf(columns), options)?.set.series.map((one) => one.name);

describe("candles", () => {
  it("are found by their names, in any order, with volumes under them", () => {
    const found = candlesOf(setOf(NAMES), {});
    expect(found?.set.series.map((one) => one.name)).toEqual(["open", "high", "low", "close", "Volume"]);
    expect(found?.hasVolume).toBe(true);
    expect(found?.set.series[4]?.config).toMatchObject({ min: 0, max: 160, custom: { axisPlacement: "hidden" } });
    expect(found?.set.series[0]?.config).toMatchObject({ min: -0.25, max: 5.25 });
  });
  it("are found by the names that the options give", () => {
    const columns = { a: [1, 2, 3], b: [2, 3, 4], first: [9, 9, 9] };
    expect(names(columns, { fields: { close: "b", open: "a" } })).toEqual(["a", "high", "low", "b"]);
  });
  it("of one series alone open where the one before closed", () => {
    const made = candlesOf(setOf({ price: [5, 7, 6] }), {});
    expect(made?.set.series.map((one) => one.values)).toEqual([
      [5, 5, 7],
      [5, 7, 7],
      [5, 5, 6],
      [5, 7, 6],
    ]);
  });
  it("stand alone, or leave the chart to volumes and other series", () => {
    expect(names(NAMES, { mode: "candles" })).toEqual(["open", "high", "low", "close"]);
    expect(names(NAMES, { mode: "volume" })).toEqual(["Volume"]);
    expect(names({ ...NAMES, mean: [1, 1, 1] }, { includeAllFields: true })?.at(-1)).toBe("mean");
    expect(candlesOf(setOf({}), {})).toBeUndefined();
  });
  it("rise and fall by their own opening, or by the close before", () => {
    const { open, close } = NAMES;
    expect([0, 1, 2].map((row) => turnOf(open, close, row, false))).toEqual(["up", "down", "flat"]);
    expect([0, 1, 2].map((row) => turnOf(open, close, row, true))).toEqual(["up", "down", "up"]);
  });
  it("have the colours of old", () => {
    expect(candleLook({})).toMatchObject({ candles: true, volume: true, colors: { up: "green", down: "red" } });
    expect(candleLook({ candleStyle: "ohlcbars", colorStrategy: "close-close" })).toMatchObject({
      isBars: true,
      sinceClose: true,
    });
  });
});
