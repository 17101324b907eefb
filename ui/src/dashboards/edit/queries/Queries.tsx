// The queries of a panel in their order, and the expressions over their answers.
import { list, record, text } from "../../../api/decode";
import type { Path } from "../../model/patch/path";
import type { PlacedPanel } from "../../model/section";
import styles from "../edit.module.css";
import { moved } from "../moved";
import { freeLetter } from "../names";
import type { PartProps } from "../part";
import { ExpressionForm } from "./ExpressionForm";
import { expressionOf, isExpression, renames } from "./expressions";
import { Query } from "./Query";
import type { QueryPlace } from "./QueryFrame";

export function Queries({ placed, json, onChange }: PartProps & { placed: PlacedPanel }) {
  const targets = list(json.targets).map(record);
  const letters = targets.map((one) => text(one.refId));
  const put = (target: object) => onChange(["targets", targets.length], { ...target, refId: freeLetter(letters) });
  const source = targets.findLast((one) => !isExpression(one))?.datasource;
  const rename = (index: number, name: string) => {
    for (const { path, value } of renames(targets, index, name)) onChange(["targets", ...path], value);
  };
  const move = (from: number, to: number) => {
    const next = moved(targets, from, to);
    if (next !== undefined) onChange(["targets"], next);
  };
  return (
    <div className={styles.queries} data-testid="panel-queries">
      {targets.map((target, index) => {
        const refId = text(target.refId, "A");
        const same = letters.slice(0, index).filter((one) => one === refId).length;
        const change = (path: Path, value: unknown) => onChange(["targets", index, ...path], value);
        const others = letters.filter((_, at) => at !== index);
        const place: QueryPlace = {
          refId,
          others,
          isHidden: target.hide === true,
          isFirst: index === 0,
          isLast: index === targets.length - 1,
          onHide: (hide) => change(["hide"], hide),
          onRename: (name) => rename(index, name),
          onMove: (by) => move(index, index + by),
          onDuplicate: () => put(target),
          onRemove: () => change([], undefined),
        };
        const shared = { target, place, onChange: change };
        const key = `${refId} ${same}`;
        return isExpression(target) ? (
          <ExpressionForm key={key} {...shared} />
        ) : (
          <Query key={key} {...shared} placed={placed} index={index} />
        );
      })}
      <div className={styles.adds}>
        <button type="button" className={styles.add} onClick={() => put({ datasource: source, expr: "" })}>
          Add a query
        </button>
        <button
          type="button"
          className={styles.add}
          disabled={targets.length === 0}
          onClick={() => put(expressionOf("math", {}, letters))}
        >
          Add an expression
        </button>
      </div>
    </div>
  );
}
