// The chart of a metric query over lines.
import { FrameChart } from "../charts/FrameChart";
import { short } from "../format/number";
import { SkeletonBlock } from "../ui/Skeletons";
import type { useLogMetric } from "./useLines";

const CHART_PX = 340;

interface Props {
  answer: ReturnType<typeof useLogMetric>;
}

export function LogMetric({ answer }: Props) {
  if (answer.isError) return null;
  if (answer.data === undefined) return <SkeletonBlock height={CHART_PX} />;
  return <FrameChart frame={answer.data.value} format={short} />;
}
