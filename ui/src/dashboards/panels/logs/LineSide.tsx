// All that is known of one line: links of the panel's fields, its fields, its whole text; beneath the line or in a pane beside all.
import type { Field } from "../../../logs/fields";
import { LineDetails } from "../../../logs/lines/LineDetails";
import { absolute } from "../../../time/range";
import { IconButton } from "../../../ui/IconButton";
import type { Lookup } from "../../variables/interpolate";
import { filledLinks } from "../links/dataLinks";
import { fullHref } from "../links/LinkedBox";
import type { PanelLine } from "./logLines";
import styles from "./logs.module.css";

interface BodyProps {
  line: PanelLine;
  lookup: Lookup;
  onFilter: (field: Field) => void;
}

export function LineBody({ line, lookup, onFilter }: BodyProps) {
  const links = linksOf(line, lookup);
  return (
    <>
      {links.length > 0 && (
        <div className={styles.links}>
          {links.map((one) => (
            <a
              key={`${one.title} ${one.href}`}
              href={fullHref(one.href)}
              target={one.newTab ? "_blank" : undefined}
              rel="noreferrer"
            >
              {one.title}
            </a>
          ))}
        </div>
      )}
      <LineDetails entry={line.entry} onFilter={onFilter} />
    </>
  );
}

function linksOf({ frame, row, entry }: PanelLine, lookup: Lookup) {
  const field = frame?.fields.find((one) => (one.config.links ?? []).length > 0 && one.type !== "time");
  if (field === undefined) return [];
  const name = field.name;
  return filledLinks({ field, frame, row, value: field.values[row], words: entry.line, name }, lookup);
}

export function LineSide({ line, lookup, onFilter, onClose }: BodyProps & { onClose: () => void }) {
  return (
    <aside className={styles.side} data-testid="line-side" aria-label="One line">
      <header>
        <span>{absolute(line.entry.ms)}</span>
        <IconButton icon="close" label="Close" size={22} onClick={onClose} />
      </header>
      <LineBody line={line} lookup={lookup} onFilter={onFilter} />
    </aside>
  );
}
