// Buttons beside the lines of a panel: to either end, the other order, time, wrapping, alike lines once, saving. They change what
// is shown now, not the dashboard.
import { Menu } from "@mantine/core";
import type { LogEntry } from "../../../logs/entry";
import { DEDUPE_WORDS, DEDUPES } from "../../../logs/lines/dedupe";
import { linesOfEntries } from "../../../logs/lines/lines";
import { linesText } from "../../../logs/lines/saveLines";
import { IconButton } from "../../../ui/IconButton";
import { saveFile } from "../../../ui/save/saveFile";
import type { LogLook } from "./logLook";
import styles from "./logs.module.css";

interface Props {
  look: LogLook;
  entries: readonly LogEntry[];
  onChange: (part: Partial<LogLook>) => void;
  onEnd: (end: "first" | "last") => void;
}

export function LogControls({ look, entries, onChange, onEnd }: Props) {
  return (
    <div className={styles.controls} data-testid="log-controls">
      <IconButton icon="up" label="To the first line" size={24} onClick={() => onEnd("first")} />
      <IconButton icon="down" label="To the last line" size={24} onClick={() => onEnd("last")} />
      <IconButton
        icon="history"
        label={look.oldestFirst ? "Newest first" : "Oldest first"}
        size={24}
        active={look.oldestFirst}
        onClick={() => onChange({ oldestFirst: !look.oldestFirst })}
      />
      <IconButton
        icon="clock"
        label="Time"
        size={24}
        active={look.time}
        onClick={() => onChange({ time: !look.time })}
      />
      <IconButton
        icon="wrap"
        label="Wrap lines"
        size={24}
        active={look.wrap}
        onClick={() => onChange({ wrap: !look.wrap })}
      />
      <IconButton
        icon="braces"
        label="Indent JSON"
        size={24}
        active={look.pretty && look.wrap}
        onClick={() => onChange(look.pretty && look.wrap ? { pretty: false } : { pretty: true, wrap: true })}
      />
      <Menu position="left-start" offset={4}>
        <Menu.Target>
          <span>
            <IconButton icon="stack" label="Alike lines once" size={24} active={look.dedupe !== "none"} />
          </span>
        </Menu.Target>
        <Menu.Dropdown>
          {DEDUPES.map((one) => (
            <Menu.Item key={one} aria-current={one === look.dedupe} onClick={() => onChange({ dedupe: one })}>
              {DEDUPE_WORDS[one]}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <IconButton
        icon="download"
        label="Save as text"
        size={24}
        onClick={() =>
          saveFile(
            "lines.txt",
            "text/plain",
            linesText(linesOfEntries(look.oldestFirst ? entries.toReversed() : entries), "text"),
          )
        }
      />
    </div>
  );
}
