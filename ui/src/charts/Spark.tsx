// A small line for tiles. Screen readers get the number beside it instead.
import { sparkPath } from "./sparkPath";

const WIDTH = 300;

interface Props {
  values: readonly (number | null)[];
  color: string;
  height: number;
}

export function Spark({ values, color, height }: Props) {
  const path = sparkPath(values, WIDTH, height - 4);
  return (
    <svg
      viewBox={`0 -2 ${WIDTH} ${height}`}
      preserveAspectRatio="none"
      width="100%"
      height={height}
      aria-hidden="true"
      style={{ display: "block" }}
    >
      <path
        d={path}
        fill="none"
        stroke={color}
        strokeWidth={1.5}
        vectorEffect="non-scaling-stroke"
        strokeLinejoin="round"
      />
    </svg>
  );
}
