// One panel: a title line with marks and a menu on hover, and the body when it has its data.
import { Tooltip } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { record } from "../../api/decode";
import type { Mark } from "../../charts/plugins/marks";
import { partsOf, plainRow, type Row } from "../../explore/rows";
import type { Range } from "../../time/range";
import { useTime } from "../../time/TimeContext";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { useTurn } from "../../ui/hooks/turns";
import { useLasting } from "../../ui/hooks/useLasting";
import { Icon } from "../../ui/Icon";
import { IconButton } from "../../ui/IconButton";
import { AddAnnotation } from "../annotations/AddAnnotation";
import { type Annotation, eventsOfPanel } from "../annotations/annotation";
import type { PlacedPanel } from "../model/section";
import { PanelBody, WITHOUT_QUERIES } from "../panels/PanelBody";
import type { PanelProps } from "../panels/panel";
import type { Plan, Planned } from "../query/plan";
import { interpolate } from "../variables/interpolate";
import { fillText } from "../variables/values";
import { useDashboard } from "./DashboardContext";
import { usePanelData } from "./data/usePanelData";
import { usePanelLookup } from "./data/usePanelLookup";
import { usePanelPlan } from "./data/usePanelPlan";
import { ShareDialog } from "./dialogs/ShareDialog";
import { Inspect } from "./Inspect";
import { PanelBoundary } from "./PanelBoundary";
import styles from "./page.module.css";
import { type PanelActions, usePanelActions } from "./panel/actions";
import { PanelMenu } from "./panel/PanelMenu";

export const TITLE_PX = 32;

interface Props {
  placed: PlacedPanel;
  width: number;
  height: number;
  visible: boolean;
  viewed?: boolean;
  /** Shown in the editor: no menu. */
  bare?: boolean;
  /** In the editor: what is done to the panel itself becomes a setting. */
  onSetting?: PanelProps["onSetting"];
}

export function PanelFrame({ placed, width, height, visible, viewed = false, bare = false, onSetting }: Props) {
  const { panel } = placed;
  const state = useDashboard();
  const time = useTime();
  const navigate = useNavigate();
  const frame = useRef<HTMLElement>(null);
  const [shared, setShared] = useState<"link" | "embed">();
  const [failure, setFailure] = useState<unknown>();
  const [moment, setMoment] = useState<Range>();
  const [pressed, setPressed] = useState<Annotation>();
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
  const slow = useLasting(data.loading, SLOW_MS);
  const explore = useExplore(plan);
  const [inspected, inspect] = useInspected(placed.key);
  const legend = LEGENDS.has(panel.type ?? "") ? record(panel.options.legend).showLegend !== false : undefined;
  const { editable } = dashboard;
  const own = (act: () => void) => (editable && !bare ? act : undefined);
  const actions: PanelActions = {
    view: bare ? undefined : () => state.onView(viewed ? undefined : placed.key),
    edit: own(() => state.onEdit(panel.id)),
    share: bare ? undefined : () => setShared("link"),
    embed: bare ? undefined : () => setShared("embed"),
    explore,
    inspect: () => inspect(true),
    legend: legend === undefined ? undefined : own(() => state.onLegends([panel], !legend)),
    duplicate: own(() => state.onDuplicate(panel)),
    copy: bare ? undefined : () => state.onCopy(panel),
    remove: own(() => state.onRemove(panel)),
  };
  usePanelActions(frame, actions);
  const shifted = panel.timeFrom !== "" || panel.timeShift !== "";
  return (
    <section
      ref={frame}
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
        {slow && <IconButton icon="stop" label="Stop asking" size={24} onClick={data.cancel} />}
        {!bare && (
          <PanelMenu
            placed={placed}
            viewed={viewed}
            legend={legend === true}
            actions={actions}
            lookup={(text) => interpolate(text, lookup, "plain")}
            onFail={setFailure}
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
        ) : data.cancelled ? (
          <div className={styles.refused}>
            <span>
              Stopped before an answer came.{" "}
              <button type="button" className={styles.quiet} onClick={data.retry}>
                Ask again
              </button>
            </span>
          </div>
        ) : data.pending ? (
          <div className={styles.pending} />
        ) : (
          visible && (
            <BodyInTurn
              panel={panel}
              frames={data.frames}
              queries={plan?.queries ?? NO_QUERIES}
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
              onEvent={(id) => setPressed(events.find((one) => one.id === id))}
              onSetting={onSetting}
              onFilter={state.onFilter}
            />
          )
        )}
      </div>
      {moment !== undefined && (
        <AddAnnotation
          dashboardUid={dashboard.uid}
          panelId={panel.id}
          span={moment}
          onClose={() => setMoment(undefined)}
        />
      )}
      {pressed?.id !== undefined && (
        <AddAnnotation
          dashboardUid={pressed.dashboardUid}
          panelId={panel.id}
          span={{ from: pressed.time, to: pressed.timeEnd }}
          stored={{ id: pressed.id, text: pressed.text, tags: pressed.tags }}
          onClose={() => setPressed(undefined)}
        />
      )}
      {inspected && <Inspect title={title} panel={panel} plan={plan} data={data} onClose={() => inspect(false)} />}
      {shared !== undefined && (
        <ShareDialog panel={placed.key} title={title} as={shared} onClose={() => setShared(undefined)} />
      )}
    </section>
  );
}

/** An answer that takes longer may be given up. */
const SLOW_MS = 1_500;

/** Panels whose legend is shown or hidden by a key. */
const LEGENDS: ReadonlySet<string> = new Set([
  "timeseries",
  "barchart",
  "piechart",
  "state-timeline",
  "status-history",
]);

/** Leads to Explore with the queries of the panel, those of one signal: the first. */
function useExplore(plan: Plan | undefined): (() => void) | undefined {
  const navigate = useNavigate();
  const asked = (plan?.queries ?? []).filter((one) => one.mode !== "expressions");
  const [first] = asked;
  if (first === undefined) return undefined;
  const same = asked.filter((one) => one.signal === first.signal);
  const rows = [...new Map(same.map((one) => [one.expr, exploredRow(one)])).values()];
  return () =>
    void navigate({
      to: "/explore",
      search: ({ from, to, tenant }) => ({ from, to, tenant, signal: first.signal, ...partsOf(rows) }),
    });
}

const exploredRow = ({ expr, signal, legend }: Planned): Row => ({
  ...plainRow(expr),
  legend: signal === "metrics" && legend !== "__auto" ? legend : "",
});

/** Open at once, while the address, which says so too, follows: the window must see where the focus came from. */
function useInspected(key: string): [boolean, (open: boolean) => void] {
  const { inspected, onInspect } = useDashboard();
  const asked = inspected === key;
  const [open, setOpen] = useState(asked);
  useEffect(() => setOpen(asked), [asked]);
  const turn = (next: boolean) => {
    setOpen(next);
    onInspect(next ? key : undefined);
  };
  return [open, turn];
}

const NO_QUERIES: readonly Planned[] = [];

/** Bodies of panels that come near together are made one after the other. */
function BodyInTurn(props: PanelProps) {
  if (!useTurn()) return null;
  return (
    <PanelBoundary of={[props.panel, props.frames, props.range]} className={styles.panelError}>
      <PanelBody {...props} />
    </PanelBoundary>
  );
}
