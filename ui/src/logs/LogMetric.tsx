// The chart of a metric query over lines.
import { FrameChart } from "../charts/FrameChart";
import { useChartHeight } from "../charts/useChartHeight";
import { short } from "../format/number";
import { SkeletonBlock } from "../ui/Skeletons";
import type { useLogMetric } from "./useLines";

interface Props {
  answer: ReturnType<typeof useLogMetric>;
}

export function LogMetric({ answer }: Props) {
  const height = useChartHeight();
  if (answer.isError) return null;
  if (answer.data === undefined) return <SkeletonBlock height={height} />;
  return <FrameChart frame={answer.data.value} format={short} />;
}
