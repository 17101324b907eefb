// Words for kinds of variables, for orders and for when their questions are asked.
import type { VariableKind } from "../../model/types";

export const VARIABLE_WORDS: Readonly<Record<VariableKind, string>> = {
  query: "Query",
  custom: "Custom list",
  textbox: "Text box",
  constant: "Constant",
  datasource: "Data source",
  interval: "Interval",
  adhoc: "Filters",
  groupby: "Group by",
  switch: "Switch",
};

export const SORTS = [
  "As they come",
  "A to Z",
  "Z to A",
  "Numbers, smallest first",
  "Numbers, largest first",
  "A to Z, case ignored",
  "Z to A, case ignored",
  "Natural, ascending",
  "Natural, descending",
];

export const REFRESHES = ["Never, as it was stored", "When the dashboard opens", "When the time changes"];

export const HIDES = ["Name and value", "Value only", "Nothing"];
