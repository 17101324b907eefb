// One line of a panel: time, level, labels, and its text or the chosen fields of it; details and the lines around it beneath. Text
// nodes only: nothing of a line becomes markup.
import { useState } from "react";
import type { Labels } from "../../../api/decode";
import { nameTextColor } from "../../../charts/colors/palette";
import { useServiceHues } from "../../../charts/colors/serviceHues";
import type { Field } from "../../../logs/fields";
import { plainText } from "../../../logs/filters";
import { ContextLines } from "../../../logs/lines/ContextLines";
import { absolute } from "../../../time/range";
import { useDark } from "../../../ui/hooks/useDark";
import { IconButton } from "../../../ui/IconButton";
import { smallText } from "../../field/colors";
import type { Lookup } from "../../variables/interpolate";
import { LineBody } from "./LineSide";
import type { PanelLine } from "./logLines";
import { cellsOf, type LogLook, labelsText, prettyLine, tokensOf } from "./logLook";
import styles from "./logs.module.css";

/** A folded line shows this much; open it to see all. */
const FOLDED_CHARS = 4_000;

interface Props {
  line: PanelLine;
  look: LogLook;
  common: Labels;
  service: string | undefined;
  open: boolean;
  selected: boolean;
  lookup: Lookup;
  onToggle: () => void;
  onFilter: (field: Field) => void;
}

export function LogLine({ line, look, common, service, open, selected, lookup, onToggle, onFilter }: Props) {
  const dark = useDark();
  const hues = useServiceHues();
  const [around, setAround] = useState(false);
  const { entry, many } = line;
  const labels = look.labels ? labelsText(entry.stream, common) : "";
  const fraction = look.nanos ? entry.ns.slice(-9) : entry.ns.slice(-9, -6);
  const inside = (
    <>
      {look.time && (
        <span className={styles.time} title={entry.level}>
          {absolute(entry.ms)}.{fraction}
        </span>
      )}
      {look.level && (
        <span className={styles.level} style={{ color: smallText(`var(--level-${entry.level})`) }}>
          {entry.level}
        </span>
      )}
      {service !== undefined && (
        <span className={styles.service} style={{ color: nameTextColor(service, dark, hues) }}>
          {service}
        </span>
      )}
      {labels !== "" && (
        <span className={styles.labels} title={labels}>
          {labels}
        </span>
      )}
      {many > 1 && <span className={styles.many}>×{many}</span>}
      <Words line={line} look={look} />
    </>
  );
  return (
    <>
      <div className={styles.row} data-level={entry.level} data-open={open || selected}>
        {look.details ? (
          <button
            type="button"
            className={styles.line}
            aria-expanded={open || selected}
            onClick={() => {
              // Marking text with the mouse must not fold the line.
              if ((getSelection()?.toString() ?? "") === "") onToggle();
            }}
          >
            {inside}
          </button>
        ) : (
          <div className={styles.line}>{inside}</div>
        )}
        {look.context && (
          <span className={styles.around}>
            <IconButton
              icon="logs"
              label="Lines around it"
              size={18}
              active={around}
              onClick={() => setAround(!around)}
            />
          </span>
        )}
      </div>
      {around && <ContextLines entry={entry} />}
      {open && !look.sidebar && <LineBody line={line} lookup={lookup} onFilter={onFilter} />}
    </>
  );
}

function Words({ line: { entry }, look }: { line: PanelLine; look: LogLook }) {
  if (look.fields.length > 0) {
    return (
      <span className={styles.text}>
        {cellsOf(entry, look.fields).map((cell) => (
          <span key={cell.name} className={styles.cell} title={cell.name}>
            {look.fields.length > 1 && cell.value !== entry.line && <b>{cell.name}=</b>}
            {plainText(cell.value.slice(0, FOLDED_CHARS))}
          </span>
        ))}
      </span>
    );
  }
  const cut = entry.line.slice(0, FOLDED_CHARS);
  const words = plainText(look.pretty && look.wrap ? prettyLine(cut) : cut);
  if (!look.colored) return <span className={styles.text}>{words}</span>;
  return (
    <span className={styles.text}>
      {tokensOf(words).map((token, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a line never move
        <span key={index} data-token={token.kind}>
          {token.text}
        </span>
      ))}
    </span>
  );
}
