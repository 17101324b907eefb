// What may be chosen about the lines: live, wrap, JSON, fields, alike lines once, and saving them.
import exploreStyles from "../../explore/explore.module.css";
import { Choices } from "../../ui/Choices";
import { Download } from "../../ui/save/Download";
import { Toggle } from "../../ui/Toggle";
import { DEDUPE_WORDS, DEDUPES } from "./dedupe";
import type { LinesLook } from "./LinesPanel";
import type { Lines } from "./lines";
import { lineFiles } from "./saveLines";

interface Props {
  live: boolean;
  look: LinesLook;
  lines: Lines;
  /** There is no room for fields beside the lines. */
  narrow: boolean;
  onLive: (live: boolean) => void;
  onLook: (part: Partial<LinesLook>) => void;
}

export function LineTools({ live, look, lines, narrow, onLive, onLook }: Props) {
  return (
    <>
      <Toggle
        icon={live ? "pause" : "play"}
        label={live ? "Stop live" : "Live"}
        on={live}
        onClick={() => onLive(!live)}
        testId="live"
      />
      <Toggle icon="wrap" label="Wrap" on={look.wrap} onClick={() => onLook({ wrap: !look.wrap })} testId="wrap" />
      <Toggle
        icon="braces"
        label="JSON"
        on={look.pretty}
        onClick={() => onLook({ pretty: !look.pretty })}
        testId="pretty"
      />
      <Toggle
        icon={look.oldest ? "down" : "up"}
        label={look.oldest ? "Oldest first" : "Newest first"}
        disabled={live}
        onClick={() => onLook({ oldest: !look.oldest })}
        testId="order"
      />
      <Toggle
        icon="clock"
        label="Nanoseconds"
        on={look.nanos}
        onClick={() => onLook({ nanos: !look.nanos })}
        testId="nanos"
      />
      {!narrow && (
        <Toggle icon="filter" label="Fields" on={look.fields} onClick={() => onLook({ fields: !look.fields })} />
      )}
      <Choices
        label="Alike lines"
        icon="stack"
        choices={DEDUPES}
        words={DEDUPE_WORDS}
        chosen={look.dedupe}
        on={look.dedupe !== "none"}
        testId="dedupe"
        onChoose={(dedupe) => onLook({ dedupe })}
      />
      <span className={exploreStyles.gap} />
      <Download files={lineFiles(lines)} />
    </>
  );
}
