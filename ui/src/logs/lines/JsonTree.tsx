// A JSON line as a tree that unfolds level by level. Text only: nothing of a line becomes markup.
import { useState } from "react";
import { count } from "../../format/number";
import { Icon } from "../../ui/Icon";
import { plainText } from "../filters";
import { type JsonNode, plainValue } from "../json";
import styles from "./jsonTree.module.css";

/** So many levels are open at first. */
const OPEN_LEVELS = 2;
/** Members shown at once; a list of thousands is unfolded piece by piece. */
const PIECE = 100;

export function JsonTree({ node }: { node: JsonNode }) {
  return (
    <div className={styles.tree} data-testid="json-tree">
      <Branch name={undefined} node={node} depth={0} />
    </div>
  );
}

interface Props {
  name: string | undefined;
  node: JsonNode;
  depth: number;
}

function Branch({ name, node, depth }: Props) {
  const [open, setOpen] = useState(depth < OPEN_LEVELS);
  const [most, setMost] = useState(PIECE);
  if (node.kind === "plain") {
    return (
      <div className={styles.leaf}>
        <Name name={name} />
        <Plain raw={node.raw} />
      </div>
    );
  }
  const isList = node.kind === "array";
  const members: readonly (readonly [string, JsonNode])[] = isList
    ? node.items.map((item, index) => [String(index), item] as const)
    : node.members;
  const size = isList ? count(members.length, "item") : count(members.length, "field");
  if (members.length === 0) {
    return (
      <div className={styles.leaf}>
        <Name name={name} />
        <span className={styles.size}>{isList ? "[ ]" : "{ }"}</span>
      </div>
    );
  }
  return (
    <div>
      <button type="button" className={styles.fold} aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={open ? "down" : "right"} size={11} />
        <Name name={name} />
        <span className={styles.size}>
          {isList ? "[ " : "{ "}
          {size}
          {isList ? " ]" : " }"}
        </span>
      </button>
      {open && (
        <div className={styles.inner}>
          {members.slice(0, most).map(([key, value], index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: keys of JSON may repeat
            <Branch key={index} name={key} node={value} depth={depth + 1} />
          ))}
          {members.length > most && (
            <button type="button" className={styles.more} onClick={() => setMost(most + PIECE)}>
              {count(members.length - most, "more", "more")}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function Name({ name }: { name: string | undefined }) {
  return name === undefined ? null : <span className={styles.name}>{plainText(name)}</span>;
}

function Plain({ raw }: { raw: string }) {
  const kind = raw.startsWith('"') ? "string" : /^[-\d]/.test(raw) ? "number" : "word";
  return (
    <span className={styles.plain} data-kind={kind}>
      {plainText(plainValue(raw))}
    </span>
  );
}
