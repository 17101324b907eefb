// The label that streams are called by, and how much each of its values wrote.
import { lokiLabels, lokiLabelValues } from "../api/loki/labels";
import { type Volume, volumeBy } from "../api/loki/volume";
import type { Range } from "../time/range";

/** What a stream is usually called by, in order of preference. */
const NAMING = ["service_name", "app", "job", "container", "filename"];

export interface Streams {
  readonly label: string;
  readonly volumes: readonly Volume[];
}

export async function findStreams(range: Range, signal: AbortSignal): Promise<Streams | undefined> {
  const known = await lokiLabels(range, signal);
  const label = NAMING.find((one) => known.includes(one)) ?? known[0];
  if (label === undefined) return undefined;
  const volumes = await volumeBy(label, range, signal).catch(() => []);
  if (volumes.length > 0) return { label, volumes };
  // A server without volumes still knows the names.
  const names = await lokiLabelValues(label, undefined, range, signal);
  return { label, volumes: names.map((name) => ({ name, bytes: 0 })) };
}
