// Thresholds as lines or areas behind the values of each axis that asks for them.
import type uPlot from "uplot";
import { withAlpha } from "../../../charts/options";
import { cssColor } from "../../field/colors";
import { thresholdsOf } from "../../field/show";
import type { Axis } from "./axes";

const AREA_ALPHA = 0.12;

export function thresholdsPlugin(axes: readonly Axis[], dark: boolean): uPlot.Plugin {
  const told = axes.filter((one) => one.how.thresholds !== "off");
  return { hooks: { drawAxes: (plot) => told.forEach((axis) => void paintThresholds(plot, axis, dark)) } };
}

function paintThresholds(plot: uPlot, axis: Axis, dark: boolean): void {
  const { steps, mode } = thresholdsOf(axis.config);
  const scale = plot.scales[axis.key];
  const [min, max] = [scale?.min ?? 0, scale?.max ?? 1];
  const at = (value: number) => (mode === "percentage" ? min + ((max - min) * value) / 100 : value);
  const { left, top, width, height } = plot.bbox;
  const y = (value: number) =>
    Math.max(top, Math.min(top + height, plot.valToPos(Math.max(min, Math.min(max, value)), axis.key, true)));
  const how = axis.how.thresholds;
  const context = plot.ctx;
  const ratio = devicePixelRatio || 1;
  context.save();
  steps.forEach((step, index) => {
    const color = cssColor(step.color, dark);
    if (color === undefined || color === "transparent") return;
    const low = Number.isFinite(step.value) ? at(step.value) : min;
    const next = steps[index + 1];
    if (how.includes("area")) {
      const upper = y(next === undefined ? max : at(next.value));
      context.fillStyle = withAlpha(color, AREA_ALPHA);
      context.fillRect(left, upper, width, y(low) - upper);
    }
    if (/line|dashed/.test(how) && Number.isFinite(step.value) && low >= min && low <= max) {
      context.strokeStyle = color;
      context.lineWidth = ratio * 1.5;
      context.setLineDash(how.startsWith("dashed") ? [8 * ratio, 6 * ratio] : []);
      context.beginPath();
      context.moveTo(left, y(low));
      context.lineTo(left + width, y(low));
      context.stroke();
    }
  });
  context.restore();
}
