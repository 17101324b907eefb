// Finds spans of the open trace by text, and shows them alone where that is wanted.
import { useMemo, useState } from "react";
import type { Trace } from "../api/tempo/trace";
import { Finder } from "../ui/find/Finder";
import { Toggle } from "../ui/Toggle";
import { findSpans } from "./findSpans";

interface Found {
  readonly wanted: string;
  readonly setWanted: (text: string) => void;
  readonly found: readonly number[];
  readonly alone: boolean;
  readonly setAlone: (alone: boolean) => void;
  /** The spans that are shown alone. */
  readonly only: readonly number[] | undefined;
}

export function useFound(trace: Trace, order: ArrayLike<number>): Found {
  const [wanted, setWanted] = useState("");
  const [alone, setAlone] = useState(false);
  const found = useMemo(() => findSpans(trace, order, wanted), [trace, order, wanted]);
  const only = alone && wanted.trim() !== "" ? found : undefined;
  return { wanted, setWanted, found, alone, setAlone, only };
}

interface Props {
  spans: Found;
  selected: number;
  onSelect: (index: number) => void;
}

export function FindInTrace({ spans, selected, onSelect }: Props) {
  const { wanted, setWanted, found, alone, setAlone } = spans;
  return (
    <>
      <Finder
        label="Find in this trace"
        wanted={wanted}
        found={found}
        selected={selected}
        onWanted={setWanted}
        onSelect={onSelect}
        testId="found-spans"
      />
      {wanted !== "" && (
        <Toggle icon="filter" label="Only these" on={alone} onClick={() => setAlone(!alone)} testId="only-found" />
      )}
    </>
  );
}
