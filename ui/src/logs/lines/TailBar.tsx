// What the tail does: whether it is open, how much arrives and how much waits; held and begun anew by buttons.
import { count, short } from "../../format/number";
import { Toggle } from "../../ui/Toggle";
import styles from "../logs.module.css";
import type { Tail } from "../useTail";

const TAIL_WORDS = {
  off: "",
  connecting: "Connecting to the tail",
  open: "Live",
  closed: "The server closed the tail. Stop and start it to go on.",
  failed: "The tail could not be opened. The server may not offer it, or refused the query.",
} as const;

interface Props {
  tail: Tail;
  held: boolean;
  onHeld: (held: boolean) => void;
}

export function TailBar({ tail, held, onHeld }: Props) {
  return (
    <>
      <span className={styles.tail} data-state={tail.state} data-testid="tail-state" aria-live="polite">
        {TAIL_WORDS[tail.state]}
        {tail.state === "open" && `, ${short(tail.rate)} lines a second`}
        {tail.waiting > 0 && `, ${count(tail.waiting, "line")} waiting${held ? "" : ": scroll to the top to see them"}`}
      </span>
      <Toggle
        icon={held ? "play" : "pause"}
        label={held ? "Go on" : "Hold"}
        on={held}
        onClick={() => onHeld(!held)}
        testId="tail-hold"
      />
      <Toggle icon="close" label="Clear" onClick={tail.clear} testId="tail-clear" />
    </>
  );
}
