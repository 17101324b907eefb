// Events as a chart takes them: colours that a canvas understands, times that people read. Pure.
import type { ChartEvent } from "../../../charts/plugins/events";
import { absolute } from "../../../time/range";
import type { Annotation } from "../../annotations/annotation";
import { cssColor, seriesColor } from "../../field/colors";

export function chartEvents(events: readonly Annotation[], dark: boolean): ChartEvent[] {
  return events.map((one) => ({
    id: one.id,
    from: one.time,
    to: one.timeEnd,
    color: cssColor(one.color, dark) ?? seriesColor(0, dark),
    title: one.title,
    text: one.text,
    tags: one.tags,
    when: one.timeEnd > one.time ? `${absolute(one.time)} to ${absolute(one.timeEnd)}` : absolute(one.time),
  }));
}
