// What queries and expressions share: a name that may be changed, whether it is shown, its place among the others.
import type { ReactNode } from "react";
import { IconButton } from "../../../ui/IconButton";
import { Toggle } from "../../../ui/Toggle";
import styles from "../edit.module.css";

export interface QueryPlace {
  refId: string;
  /** Names of the other queries. */
  others: readonly string[];
  isHidden: boolean;
  isFirst: boolean;
  isLast: boolean;
  onHide: (hide: boolean) => void;
  onRename: (name: string) => void;
  onMove: (by: number) => void;
  onDuplicate: () => void;
  onRemove: () => void;
}

interface Props {
  place: QueryPlace;
  /** Colour of the name. */
  color: string;
  /** What stands beside the name. */
  controls: ReactNode;
  children: ReactNode;
}

export function QueryFrame({ place, color, controls, children }: Props) {
  const { refId, others, isHidden, isFirst, isLast } = place;
  const rename = (input: HTMLInputElement) => {
    const name = input.value.trim();
    if (name === "" || others.includes(name)) input.value = refId;
    else if (name !== refId) place.onRename(name);
  };
  return (
    <div className={styles.query} data-testid="panel-query">
      <div className={styles.queryHead}>
        <input
          key={refId}
          className={styles.queryName}
          aria-label={`Name of ${refId}`}
          title="Its name, by which expressions and steps read it"
          defaultValue={refId}
          style={{ color, width: `calc(${Math.min(16, Math.max(2, refId.length))}ch + 14px)` }}
          onBlur={(event) => rename(event.currentTarget)}
          onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
        />
        {controls}
        <span className={styles.queryEnd}>
          <Toggle label={isHidden ? "Hidden" : "Shown"} on={!isHidden} onClick={() => place.onHide(!isHidden)} />
          <IconButton
            icon="up"
            label={`Move ${refId} up`}
            size={24}
            disabled={isFirst}
            onClick={() => place.onMove(-1)}
          />
          <IconButton
            icon="down"
            label={`Move ${refId} down`}
            size={24}
            disabled={isLast}
            onClick={() => place.onMove(1)}
          />
          <IconButton icon="copy" label={`Duplicate query ${refId}`} size={24} onClick={place.onDuplicate} />
          <IconButton icon="close" label={`Remove query ${refId}`} size={24} onClick={place.onRemove} />
        </span>
      </div>
      {children}
    </div>
  );
}
