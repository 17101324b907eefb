// What every page of the settings gets.
import type { Json } from "../../../api/decode";
import type { Dashboard } from "../../model/types";

export interface SettingsProps {
  /** The working copy as it is written. */
  readonly json: Json;
  readonly dashboard: Dashboard;
  readonly onEdit: (change: (json: Json) => Json) => void;
}
