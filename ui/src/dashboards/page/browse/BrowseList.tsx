// Rows of folders and dashboards, each with a tick; folders open where they stand.
import { Link } from "@tanstack/react-router";
import { count } from "../../../format/number";
import { Icon } from "../../../ui/Icon";
import type { DashboardHit } from "../../api";
import { slugOf } from "../panel/shareLinks";
import styles from "./browse.module.css";
import type { BrowseRow } from "./tree";

interface Props {
  rows: readonly BrowseRow[];
  chosen: ReadonlySet<string>;
  isOpen: (uid: string) => boolean;
  onOpen: (uid: string) => void;
  onChoose: (uids: readonly string[], on: boolean) => void;
  onTag: (tag: string) => void;
}

const uidOf = (row: BrowseRow) => (row.kind === "folder" ? row.folder.uid : row.hit.uid);

export function BrowseList({ rows, chosen, isOpen, onOpen, onChoose, onTag }: Props) {
  const all = rows.length > 0 && rows.every((one) => chosen.has(uidOf(one)));
  return (
    <div className={styles.list}>
      <div className={styles.listHead}>
        <Tick label="Choose all" on={all} onChange={(on) => onChoose(rows.map(uidOf), on)} />
        <span>Name</span>
        <span className={styles.tagsHead}>Tags</span>
      </div>
      {rows.map((row) => {
        const uid = uidOf(row);
        const on = chosen.has(uid);
        return (
          <div key={`${row.kind} ${uid}`} className={styles.row} data-chosen={on} data-testid="browse-row">
            <Tick
              label={`Choose ${row.kind === "folder" ? row.folder.title : row.hit.title}`}
              on={on}
              onChange={(next) => onChoose([uid], next)}
            />
            <span className={styles.name} style={{ paddingLeft: row.depth * 20 }}>
              {row.kind === "folder" ? (
                <FolderName row={row} open={isOpen(uid)} onOpen={() => onOpen(uid)} />
              ) : (
                <DashboardName hit={row.hit} path={row.path} />
              )}
            </span>
            {row.kind === "dashboard" && (
              <span className={styles.tags}>
                {row.hit.tags.map((tag) => (
                  <button type="button" key={tag} className={styles.tag} onClick={() => onTag(tag)}>
                    {tag}
                  </button>
                ))}
              </span>
            )}
          </div>
        );
      })}
    </div>
  );
}

function Tick({ label, on, onChange }: { label: string; on: boolean; onChange: (on: boolean) => void }) {
  return (
    <input
      type="checkbox"
      className={styles.tick}
      aria-label={label}
      checked={on}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}

interface FolderProps {
  row: BrowseRow & { readonly kind: "folder" };
  open: boolean;
  onOpen: () => void;
}

function FolderName({ row: { folder, many }, open, onOpen }: FolderProps) {
  return (
    <>
      <button
        type="button"
        className={styles.caret}
        aria-expanded={open}
        aria-label={`${open ? "Close" : "Open"} ${folder.title}`}
        onClick={onOpen}
      >
        <Icon name={open ? "down" : "right"} size={14} />
      </button>
      <Icon name="folder" size={16} />
      <h2 className={styles.folderName}>
        <Link
          to="/dashboards/f/$folder/$slug"
          params={{ folder: folder.uid, slug: slugOf(folder.title) || "folder" }}
          search={({ tenant }) => ({ tenant })}
        >
          {folder.title}
        </Link>
      </h2>
      <span className={styles.note}>{many === 0 ? "empty" : count(many, "dashboard")}</span>
    </>
  );
}

export function DashboardName({ hit, path }: { hit: DashboardHit; path: string }) {
  return (
    <>
      <Link
        to="/d/$uid"
        params={{ uid: hit.uid }}
        search={(old) => ({ tenant: old.tenant })}
        className={styles.link}
        data-testid="dashboard-link"
      >
        {hit.title}
        {hit.starred && <Icon name="star" size={13} />}
      </Link>
      {path !== "" && <span className={styles.note}>{path}</span>}
      <span className={styles.note} title={hit.description}>
        {hit.description}
      </span>
    </>
  );
}
