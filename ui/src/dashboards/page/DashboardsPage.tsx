// All dashboards in their folders: find one, open it, put it elsewhere, or bring one in by file or paste.
import { Button, Menu } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { type Folder, foldersAround, listFolders } from "../../api/dashboards/folders";
import { usePageTitle } from "../../app/pageTitle";
import { visitedDashboards } from "../../app/visited";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { Icon } from "../../ui/Icon";
import { Notice } from "../../ui/Notice";
import { SkeletonRows } from "../../ui/Skeletons";
import { Toggle } from "../../ui/Toggle";
import { type DashboardHit, searchDashboards } from "../api";
import { BrowseList, DashboardName } from "./browse/BrowseList";
import styles from "./browse/browse.module.css";
import { ChosenDialog } from "./browse/ChosenDialog";
import { FolderDialog } from "./browse/FolderDialog";
import { foldersIn, foundRows, isAsked, outermost, type Sort, tagCounts, treeRows, type Wanted } from "./browse/tree";
import { ImportDialog } from "./dialogs/ImportDialog";
import pageStyles from "./page.module.css";
import { slugOf } from "./panel/shareLinks";

/** With more dashboards than this, folders are closed at first. */
const MOST_OPEN = 60;
/** As many of those that were opened last as fit into a line. */
const MOST_VISITED = 5;

type Window = "import" | "folder" | "rename" | "move" | "delete" | undefined;

const NOTHING: Wanted = { text: "", tags: [], starred: false, sort: "name" };

export function DashboardsPage({ importing = false }: { importing?: boolean }) {
  const { folder: root = "" } = useParams({ strict: false }) as { folder?: string };
  return <Browse key={root} root={root} importing={importing} />;
}

function Browse({ root, importing }: { root: string; importing: boolean }) {
  const navigate = useNavigate();
  const [wanted, setWanted] = useState(NOTHING);
  const [turned, setTurned] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [open, setOpen] = useState<Window>(importing ? "import" : undefined);
  const [visited] = useState(visitedDashboards);
  const found = useQuery({
    queryKey: ["dashboards"],
    queryFn: ({ signal }) => searchDashboards(signal),
    staleTime: 5_000,
  });
  const shelves = useQuery({ queryKey: ["folders"], queryFn: ({ signal }) => listFolders(signal), staleTime: 5_000 });
  const hits = found.data ?? [];
  const folders = shelves.data ?? [];
  const around = foldersAround(folders, root);
  usePageTitle(around.at(-1)?.title ?? "Dashboards");
  const isOpen = (uid: string) => turned.get(uid) ?? hits.length <= MOST_OPEN;
  const rows = isAsked(wanted)
    ? foundRows(folders, hits, root, wanted, visited)
    : treeRows(folders, hits, root, isOpen);
  const change = (next: Partial<Wanted>) => setWanted({ ...wanted, ...next });
  const close = () => setOpen(undefined);
  const taken = open === "delete" && chosen.size === 0 ? new Set([root]) : chosen;
  const goes = outermost(folders, hits, taken);
  const inside = new Set(goes.folders.flatMap((one) => [...foldersIn(folders, one.uid)]));
  const choose = (uids: readonly string[], on: boolean) => {
    const next = new Set(chosen);
    for (const uid of uids) {
      if (on) next.add(uid);
      else next.delete(uid);
    }
    setChosen(next);
  };
  const isLoading = found.isLoading || shelves.isLoading;
  return (
    <div className={pageStyles.listPage} data-testid="dashboards">
      {root !== "" && <Crumbs around={around} onRename={() => setOpen("rename")} onDelete={() => setOpen("delete")} />}
      <div className={styles.head}>
        <input
          className={pageStyles.find}
          placeholder="Find a dashboard by name, tag or folder"
          value={wanted.text}
          aria-label="Find a dashboard"
          onChange={(event) => change({ text: event.currentTarget.value })}
        />
        <Toggle icon="star" label="Starred" on={wanted.starred} onClick={() => change({ starred: !wanted.starred })} />
        <TagMenu hits={hits} chosen={wanted.tags} onChange={(tags) => change({ tags })} />
        <select
          className={styles.sort}
          aria-label="Sort"
          value={wanted.sort}
          onChange={(event) => change({ sort: event.currentTarget.value as Sort })}
        >
          <option value="name">In folders</option>
          <option value="name-desc">Name, Z to A</option>
          <option value="visited">Opened last</option>
        </select>
        <span className={pageStyles.gap} />
        <Button size="compact-sm" variant="default" component={Link} to="/library-panels">
          Library panels
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => setOpen("import")} data-testid="import">
          Import
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => setOpen("folder")}>
          New folder
        </Button>
        <Button
          size="compact-sm"
          onClick={() =>
            void navigate({
              to: "/dashboard/new",
              search: ({ tenant }) => ({ tenant, folderUid: root === "" ? undefined : root }),
            })
          }
        >
          New dashboard
        </Button>
      </div>
      {wanted.tags.length > 0 && (
        <div className={styles.head}>
          {wanted.tags.map((tag) => (
            <button
              type="button"
              key={tag}
              className={styles.tag}
              data-on="true"
              onClick={() => change({ tags: wanted.tags.filter((one) => one !== tag) })}
            >
              {tag} ×
            </button>
          ))}
        </div>
      )}
      {[found, shelves].map(
        (one, at) =>
          // biome-ignore lint/suspicious/noArrayIndexKey: two questions, always the same
          one.error !== null && <ErrorNotice key={at} error={one.error} onRetry={() => void one.refetch()} />,
      )}
      {isLoading && <SkeletonRows rows={8} />}
      {root === "" && !isAsked(wanted) && <Near hits={hits} visited={visited} />}
      {!isLoading && rows.length === 0 && (
        <Notice title={isAsked(wanted) ? "No dashboard of that name" : "Nothing is in here"}>
          Import one from a file, or make a new one.
        </Notice>
      )}
      {!isLoading && rows.length > 0 && (
        <BrowseList
          rows={rows}
          chosen={chosen}
          isOpen={isOpen}
          onOpen={(uid) => setTurned(new Map(turned).set(uid, !isOpen(uid)))}
          onChoose={choose}
          onTag={(tag) => change({ tags: wanted.tags.includes(tag) ? wanted.tags : [...wanted.tags, tag] })}
        />
      )}
      {chosen.size > 0 && (
        <div className={styles.chosen} role="toolbar" aria-label="With what is chosen">
          {chosen.size} chosen
          <Button size="compact-sm" variant="default" onClick={() => setOpen("move")}>
            Move
          </Button>
          <Button size="compact-sm" variant="light" color="red" onClick={() => setOpen("delete")}>
            Delete
          </Button>
          <Button size="compact-sm" variant="subtle" onClick={() => setChosen(new Set())}>
            None
          </Button>
        </div>
      )}
      {open === "import" && <ImportDialog folderUid={root} onClose={close} />}
      {open === "folder" && <FolderDialog parent={root} onClose={close} />}
      {open === "rename" && <FolderDialog folder={around.at(-1)} parent={root} onClose={close} />}
      {(open === "move" || open === "delete") && (
        <ChosenDialog
          act={open}
          folders={goes.folders}
          dashboards={goes.dashboards}
          inside={hits.filter((one) => inside.has(one.folderUid)).length}
          onDone={() => {
            close();
            setChosen(new Set());
            if (taken.has(root)) void navigate({ to: "/dashboards", search: ({ tenant }) => ({ tenant }) });
          }}
          onClose={close}
        />
      )}
    </div>
  );
}

export function ImportPage() {
  return <DashboardsPage importing />;
}

interface CrumbsProps {
  around: readonly Folder[];
  onRename: () => void;
  onDelete: () => void;
}

/** The way down to this folder, and what one does with it. */
function Crumbs({ around, onRename, onDelete }: CrumbsProps) {
  const own = around.at(-1);
  return (
    <nav className={styles.crumbs} aria-label="Folders">
      <Link to="/dashboards" search={({ tenant }) => ({ tenant })}>
        Dashboards
      </Link>
      {around.slice(0, -1).map((one) => (
        <span key={one.uid}>
          /{" "}
          <Link
            to="/dashboards/f/$folder/$slug"
            params={{ folder: one.uid, slug: slugOf(one.title) || "folder" }}
            search={({ tenant }) => ({ tenant })}
          >
            {one.title}
          </Link>
        </span>
      ))}
      / <b>{own?.title ?? "…"}</b>
      {own !== undefined && (
        <>
          <Toggle label="Rename" onClick={onRename} />
          <Toggle label="Delete" onClick={onDelete} />
        </>
      )}
    </nav>
  );
}

/** Those at hand: starred, and opened last. */
function Near({ hits, visited }: { hits: readonly DashboardHit[]; visited: readonly string[] }) {
  const starred = hits.filter((one) => one.starred);
  const last = useMemo(
    () => visited.flatMap((uid) => hits.filter((one) => one.uid === uid)).slice(0, MOST_VISITED),
    [visited, hits],
  );
  return (
    <>
      {starred.length > 0 && (
        <div className={styles.near} data-testid="starred">
          Starred
          {starred.map((one) => (
            <DashboardName key={one.uid} hit={{ ...one, description: "" }} path="" />
          ))}
        </div>
      )}
      {last.length > 0 && (
        <div className={styles.near} data-testid="visited">
          Opened last
          {last.map((one) => (
            <DashboardName key={one.uid} hit={{ ...one, description: "" }} path="" />
          ))}
        </div>
      )}
    </>
  );
}

interface TagProps {
  hits: readonly DashboardHit[];
  chosen: readonly string[];
  onChange: (tags: readonly string[]) => void;
}

function TagMenu({ hits, chosen, onChange }: TagProps) {
  const all = useMemo(() => tagCounts(hits), [hits]);
  if (all.length === 0) return null;
  return (
    <Menu position="bottom-start" offset={4} closeOnItemClick={false}>
      <Menu.Target>
        <Toggle icon="filter" label="Tags" on={chosen.length > 0} />
      </Menu.Target>
      <Menu.Dropdown mah={360} style={{ overflow: "auto" }}>
        {all.map(({ tag, many }) => {
          const on = chosen.includes(tag);
          return (
            <Menu.Item
              key={tag}
              leftSection={<span style={{ width: 12 }}>{on && <Icon name="check" size={12} />}</span>}
              rightSection={<span className={styles.note}>{many}</span>}
              onClick={() => onChange(on ? chosen.filter((one) => one !== tag) : [...chosen, tag])}
            >
              {tag}
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}
