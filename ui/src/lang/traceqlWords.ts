// What TraceQL calls the intrinsics of spans and traces, and the words that some of them are compared with.

export const INTRINSICS = [
  "name",
  "status",
  "kind",
  "duration",
  "statusMessage",
  "rootName",
  "rootServiceName",
  "traceDuration",
];

export const KEYWORD_VALUES: Readonly<Record<string, readonly string[]>> = {
  status: ["error", "ok", "unset"],
  kind: ["server", "client", "producer", "consumer", "internal", "unspecified"],
  duration: ["10ms", "100ms", "1s", "10s"],
  traceDuration: ["10ms", "100ms", "1s", "10s"],
};
