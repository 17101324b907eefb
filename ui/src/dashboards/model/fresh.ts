// A dashboard before anything is on it.
import type { Json } from "../../api/decode";

export const FRESH: Json = {
  uid: "",
  title: "New dashboard",
  tags: [],
  schemaVersion: 42,
  timezone: "browser",
  time: { from: "now-1h", to: "now" },
  templating: { list: [] },
  panels: [],
};
