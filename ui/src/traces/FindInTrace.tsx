// Finds spans of the open trace by text.
import { useMemo, useState } from "react";
import type { Trace } from "../api/tempo/trace";
import { Finder } from "../ui/find/Finder";
import { findSpans } from "./findSpans";

interface Props {
  trace: Trace;
  order: ArrayLike<number>;
  selected: number;
  onSelect: (index: number) => void;
}

export function FindInTrace({ trace, order, selected, onSelect }: Props) {
  const [wanted, setWanted] = useState("");
  const found = useMemo(() => findSpans(trace, order, wanted), [trace, order, wanted]);
  return (
    <Finder
      label="Find in this trace"
      wanted={wanted}
      found={found}
      selected={selected}
      onWanted={setWanted}
      onSelect={onSelect}
      testId="found-spans"
    />
  );
}
