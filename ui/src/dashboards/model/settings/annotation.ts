// One annotation query's members: where each stands in the form of elements. Texts about how events are told stand in
// `legacyOptions` there, the question in `query`.
import { type Json, record, text } from "../../../api/decode";
import { atPath, type Path, withPath } from "../patch/path";

const TOLD = new Set(["titleFormat", "textFormat", "tagKeys", "step", "useValueForTime", "snapshotData"]);

export function withAnnotationMember(item: Json, elements: boolean, member: Path, value: unknown): Json {
  const put = (path: Path) => record(withPath(item, path, value));
  const [first] = member;
  if (!elements) {
    if (first !== "expr") return put(member);
    const target = record(item.target);
    if (item.expr !== undefined) return put(["expr"]);
    const key = target.query !== undefined && target.expr === undefined ? "query" : "expr";
    return put(item.target === undefined ? ["expr"] : ["target", key]);
  }
  if (first === "expr") {
    const own = record(atPath(item, ["spec", "query", "spec"]));
    const key = own.query !== undefined && own.expr === undefined ? "query" : "expr";
    const asked = put(["spec", "query", "spec", key]);
    const told: Path = ["spec", "legacyOptions", "expr"];
    return atPath(item, told) === undefined ? asked : record(withPath(asked, told, value));
  }
  if (first === "datasource") {
    const source = record(value);
    const named = withPath(item, ["spec", "query", "group"], text(source.type));
    return record(withPath(named, ["spec", "query", "datasource"], { name: text(source.uid) }));
  }
  if (first === "target") return put(["spec", "query", "spec", ...member.slice(1)]);
  return put(TOLD.has(String(first)) ? ["spec", "legacyOptions", ...member] : ["spec", ...member]);
}

export function newAnnotation(name: string, elements: boolean): Json {
  if (!elements) {
    return {
      name,
      enable: true,
      hide: false,
      iconColor: "orange",
      datasource: { type: "prometheus", uid: "oriel-metrics" },
      expr: "",
    };
  }
  const query = {
    kind: "DataQuery",
    version: "v0",
    group: "prometheus",
    datasource: { name: "oriel-metrics" },
    spec: { expr: "" },
  };
  return { kind: "AnnotationQuery", spec: { name, enable: true, hide: false, iconColor: "orange", query } };
}
