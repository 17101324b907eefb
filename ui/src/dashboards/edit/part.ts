// What every part of the editor gets: the panel's settings in the words of the older form, and the way to change one.
import type { Json } from "../../api/decode";
import type { Path } from "../model/patch/path";

export interface PartProps {
  readonly json: Json;
  readonly onChange: (path: Path, value: unknown) => void;
}
