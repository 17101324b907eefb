// One panel: a title line with marks and a menu on hover, and the body when it has its data.
import { Menu, Tooltip } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { apiUrl } from "../../api/http";
import type { Mark } from "../../charts/plugins/marks";
import { useTime } from "../../time/TimeContext";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { Icon } from "../../ui/Icon";
import { useTurn } from "../../ui/turns";
import { AddAnnotation } from "../annotations/AddAnnotation";
import { eventsOfPanel } from "../annotations/annotation";
import type { PlacedPanel } from "../model/section";
import { safeHref } from "../panels/compute/links";
import { PanelBody, WITHOUT_QUERIES } from "../panels/PanelBody";
import type { PanelProps } from "../panels/panel";
import type { Plan } from "../query/plan";
import { interpolate } from "../variables/interpolate";
import { fillText } from "../variables/values";
import { MoveItems } from "./arrange/MoveItems";
import { useDashboard } from "./DashboardContext";
import { usePanelData } from "./data/usePanelData";
import { usePanelLookup } from "./data/usePanelLookup";
import { usePanelPlan } from "./data/usePanelPlan";
import { Inspect } from "./Inspect";
import { LibraryItems } from "./LibraryItems";
import styles from "./page.module.css";

export const TITLE_PX = 32;

interface Props {
  placed: PlacedPanel;
  width: number;
  height: number;
  visible: boolean;
  viewed?: boolean;
  /** Shown in the editor: no menu. */
  bare?: boolean;
}

export function PanelFrame({ placed, width, height, visible, viewed = false, bare = false }: Props) {
  const { panel } = placed;
  const state = useDashboard();
  const time = useTime();
  const navigate = useNavigate();
  const [inspected, setInspected] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const [moment, setMoment] = useState<number>();
  const { dashboard } = state;
  const plan = usePanelPlan(placed, width);
  const lookup = usePanelLookup(placed, plan);
  const data = usePanelData(panel, plan, lookup, time.now, visible);
  const events = useMemo(
    () => [...eventsOfPanel(state.events, dashboard.annotations, panel.id), ...data.events],
    [state.events, dashboard.annotations, panel.id, data.events],
  );
  const openTrace = (mark: Mark) =>
    void navigate({
      to: "/explore",
      search: ({ from, to, tenant }) => ({ from, to, tenant, signal: "traces" as const, trace: mark.id }),
    });
  const title = fillText(panel.title, lookup);
  const untitled = title === "" && bare === false && WITHOUT_QUERIES.has(panel.type ?? "");
  const bodyHeight = Math.max(20, height - (untitled ? 10 : TITLE_PX) - 2);
  const shifted = panel.timeFrom !== "" || panel.timeShift !== "";
  return (
    <section
      className={styles.panel}
      data-transparent={panel.transparent}
      data-testid="panel"
      data-panel={placed.key}
      data-type={panel.type ?? panel.written}
      data-state={data.error ? "error" : data.pending ? "pending" : "done"}
      aria-label={title || panel.written}
    >
      <header className={styles.panelHead} data-untitled={untitled}>
        <h2 className={styles.panelTitle} title={title}>
          {title}
        </h2>
        {shifted && (
          <span className={styles.panelNote}>
            {[panel.timeFrom, panel.timeShift].filter((one) => one !== "").join(", −")}
          </span>
        )}
        {panel.description !== "" && (
          <Tooltip label={fillText(panel.description, lookup)} multiline maw={360} openDelay={200}>
            <span className={styles.panelMark}>
              <Icon name="help" size={14} />
            </span>
          </Tooltip>
        )}
        {data.notes.length > 0 && (
          <Tooltip label={data.notes.join("\n")} multiline maw={420} style={{ whiteSpace: "pre-line" }}>
            <span className={styles.panelMark} data-tone="warn">
              <Icon name="warn" size={14} />
            </span>
          </Tooltip>
        )}
        {panel.library !== undefined && (
          <Tooltip label={`Of the library: ${panel.library.name}`}>
            <span className={styles.panelMark}>
              <Icon name="link" size={14} />
            </span>
          </Tooltip>
        )}
        {data.loading && <span className={styles.loading} role="status" aria-label="Loading" />}
        <span className={styles.gap} />
        {!bare && (
          <PanelMenu
            placed={placed}
            viewed={viewed}
            lookup={(text) => interpolate(text, lookup, "plain")}
            onInspect={() => setInspected(true)}
            onFail={setFailure}
            plan={plan}
          />
        )}
      </header>
      <div className={styles.panelBody} style={{ height: bodyHeight }}>
        {failure !== undefined && (
          <div className={styles.panelError}>
            <ErrorNotice error={failure} onRetry={() => setFailure(undefined)} />
          </div>
        )}
        {data.error ? (
          <div className={styles.panelError}>
            <ErrorNotice error={data.error} onRetry={data.retry} />
          </div>
        ) : plan !== undefined && plan.queries.length === 0 && plan.refused.length > 0 ? (
          <div className={styles.refused}>{plan.refused[0]}</div>
        ) : data.pending ? (
          <div className={styles.pending} />
        ) : (
          visible && (
            <BodyInTurn
              panel={panel}
              frames={data.frames}
              range={plan?.range ?? time.range}
              width={width - 2}
              height={bodyHeight}
              lookup={lookup}
              syncKey={dashboard.shared > 0 ? "dashboard" : undefined}
              onZoom={time.zoomTo}
              onBack={time.back}
              events={events}
              marks={data.marks}
              onMark={openTrace}
              onMoment={state.stored ? setMoment : undefined}
            />
          )
        )}
      </div>
      {moment !== undefined && (
        <AddAnnotation
          dashboardUid={dashboard.uid}
          panelId={panel.id}
          at={moment}
          onClose={() => setMoment(undefined)}
        />
      )}
      {inspected && <Inspect title={title} panel={panel} plan={plan} data={data} onClose={() => setInspected(false)} />}
    </section>
  );
}

/** Bodies of panels that come near together are made one after the other. */
function BodyInTurn(props: PanelProps) {
  return useTurn() ? <PanelBody {...props} /> : null;
}

interface MenuProps {
  placed: PlacedPanel;
  viewed: boolean;
  plan: Plan | undefined;
  lookup: (text: string) => string;
  onInspect: () => void;
  onFail: (cause: unknown) => void;
}

function PanelMenu({ placed, viewed, plan, lookup, onInspect, onFail }: MenuProps) {
  const state = useDashboard();
  const navigate = useNavigate();
  const { panel, key } = placed;
  const asked = (plan?.queries ?? []).filter((one) => one.mode !== "expressions");
  const [first] = asked;
  const explore = () => {
    if (first === undefined) return;
    const q = asked.filter((one) => one.signal === first.signal).map((one) => one.expr);
    void navigate({
      to: "/explore",
      search: (old) => ({ from: old.from, to: old.to, tenant: old.tenant, signal: first.signal, q: [...new Set(q)] }),
    });
  };
  return (
    <Menu position="bottom-end" offset={4} width={180}>
      <Menu.Target>
        <button type="button" className={styles.panelMenu} aria-label={`Menu of ${panel.title || panel.written}`}>
          <Icon name="more" size={16} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => state.onView(viewed ? undefined : key)}>
          {viewed ? "Back to the dashboard" : "View"}
        </Menu.Item>
        {state.dashboard.editable && <Menu.Item onClick={() => state.onEdit(panel.id)}>Edit</Menu.Item>}
        {first !== undefined && <Menu.Item onClick={explore}>Explore</Menu.Item>}
        <Menu.Item onClick={onInspect}>Inspect</Menu.Item>
        {panel.links.map((link) => {
          const href = safeHref(lookup(link.url));
          if (href === undefined) return null;
          const full = href.startsWith("http") ? href : apiUrl(href).href;
          return (
            <Menu.Item
              key={link.url + link.title}
              component="a"
              href={full}
              target={link.newTab ? "_blank" : undefined}
              rel="noreferrer"
            >
              {lookup(link.title) || href}
            </Menu.Item>
          );
        })}
        {state.dashboard.editable && (
          <>
            <Menu.Divider />
            <MoveItems panel={panel} />
            <LibraryItems panel={panel} onFail={onFail} />
            <Menu.Item onClick={() => state.onDuplicate(panel)}>Duplicate</Menu.Item>
            <Menu.Item color="red" onClick={() => state.onRemove(panel)}>
              Remove
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
