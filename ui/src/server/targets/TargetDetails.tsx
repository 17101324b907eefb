// How the labels of a target came to be: as discovery named it, what each rule of relabelling made of it, what it has now.
import { useQuery } from "@tanstack/react-query";
import { type Labels, labels as noLabels } from "../../api/decode";
import { type RelabelStep, relabelSteps } from "../../api/prometheus/targets";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { SkeletonRows } from "../../ui/Skeletons";
import styles from "../server.module.css";
import { changedLabels } from "./changedLabels";
import own from "./targets.module.css";

interface Props {
  job: string;
  discovered: Labels;
  /** Undefined where relabelling dropped it. */
  labels: Labels | undefined;
}

export function TargetDetails({ job, discovered, labels }: Props) {
  const steps = useQuery({
    queryKey: ["relabel-steps", job, discovered],
    queryFn: ({ signal }) => relabelSteps(job, discovered, signal),
    enabled: Object.keys(discovered).length > 0,
    retry: false,
  });
  return (
    <div className={styles.details} data-testid="target-details">
      {labels !== undefined && <LabelList title="Labels of its series" labels={labels} />}
      <LabelList title="As it was discovered" labels={discovered} />
      {steps.error !== null && <ErrorNotice error={steps.error} title="The rules are not known" />}
      {steps.isLoading && <SkeletonRows rows={2} />}
      {steps.data !== undefined && steps.data.length > 0 && <Steps steps={steps.data} discovered={discovered} />}
    </div>
  );
}

function LabelList({ title, labels }: { title: string; labels: Labels }) {
  const names = Object.keys(labels).sort();
  return (
    <div>
      <h3 className={styles.heading}>{title}</h3>
      {names.length === 0 ? (
        <span className={styles.muted}>none</span>
      ) : (
        <div className={own.labels}>
          {names.map((name) => (
            <code key={name} className={own.label}>
              {name}="{labels[name]}"
            </code>
          ))}
        </div>
      )}
    </div>
  );
}

function Steps({ steps, discovered }: { steps: readonly RelabelStep[]; discovered: Labels }) {
  return (
    <div>
      <h3 className={styles.heading}>Relabelling, rule by rule</h3>
      <ol className={own.steps} data-testid="relabel-steps">
        {steps.map((step, index) => {
          const before = index === 0 ? discovered : (steps[index - 1]?.output ?? noLabels({}));
          const changes = changedLabels(before, step.output);
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place
            <li key={index}>
              <code>{step.rule}</code>
              {!step.keep && <strong className={styles.bad}>drops the target</strong>}
              {step.keep && changes.length === 0 && <span className={styles.muted}>changes nothing</span>}
              {step.keep && changes.map((one) => <span key={one}>{one}</span>)}
            </li>
          );
        })}
      </ol>
    </div>
  );
}
