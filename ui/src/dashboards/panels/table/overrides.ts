// A width that was dragged becomes an override of the column's name, as the editor of overrides writes it. Pure.
import { list, record } from "../../../api/decode";

export function withWidth(overrides: unknown, name: string, width: number): unknown[] {
  const property = { id: "custom.width", value: Math.round(width) };
  const all = list(overrides);
  const isOf = (one: unknown) => {
    const matcher = record(record(one).matcher);
    return matcher.id === "byName" && matcher.options === name;
  };
  if (!all.some(isOf)) return [...all, { matcher: { id: "byName", options: name }, properties: [property] }];
  return all.map((one) => {
    if (!isOf(one)) return one;
    const properties = list(record(one).properties);
    const rest = properties.filter((two) => record(two).id !== property.id);
    return { ...record(one), properties: [...rest, property] };
  });
}
