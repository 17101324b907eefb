// The settings of tables: of the whole, of its columns, and of what stands under them.
import {
  choice,
  fieldChoice,
  fieldFigure,
  fieldFlag,
  fieldKind,
  fieldWords,
  figure,
  flag,
  group,
  made,
  type Option,
  own,
} from "./optionForms";

const TABLES = ["table"];

export const TABLE_OPTIONS: readonly Option[] = [
  ...group("Table", TABLES, [
    flag("Header", own("showHeader"), { fallback: true }),
    flag("Signs of types", own("showTypeIcons")),
    choice("Rows", own("cellHeight"), ["sm", "md", "lg"]),
    figure("Most height of a row, pixels", own("maxRowHeight"), "as it needs"),
    figure("Columns that stand still", own("frozenColumns", "left"), "0"),
    flag("Pages", own("enablePagination")),
    flag("No keys", own("disableKeyboardEvents")),
  ]),
  ...group("Columns", TABLES, [
    fieldKind("Cells", "custom.cellOptions", "cell"),
    fieldChoice("Aligned", "custom.align", ["auto", "left", "center", "right"]),
    fieldFigure("Width, pixels", "custom.width", "as fits"),
    fieldFigure("Least width, pixels", "custom.minWidth", "as fits"),
    fieldFlag("Wrap text", "custom.wrapText"),
    fieldFlag("Wrap the header", "custom.wrapHeaderText"),
    fieldFlag("No header", "custom.hideHeader", { onlyOverride: true }),
    fieldFlag("Filter over the column", "custom.filterable"),
    fieldFlag("Inspect values", "custom.inspect"),
    fieldKind("Under the column", "custom.footer", "calcs", { member: "reducers" }),
    fieldWords("Tooltip from field", "custom.tooltip", { member: "field", hint: "name of a field" }),
    fieldWords("Style from field", "custom.styleField", { hint: "name of a field with CSS as JSON" }),
    fieldFlag("Hidden, older form", "custom.hidden", { onlyOverride: true }),
  ]),
  ...group("Footer for all columns", TABLES, [
    flag("Footer", own("footer", "show")),
    made("calcs")("Footer shows", own("footer", "reducer"), { hint: "sum" }),
    made("names")("Of fields", own("footer", "fields")),
    flag("Count rows", own("footer", "countRows")),
  ]),
];
