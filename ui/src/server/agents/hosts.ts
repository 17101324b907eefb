// Hosts that report: each instance with what it says about itself, joined over several answers. Pure.
import type { Instant } from "../../api/matrix";

export interface Host {
  readonly instance: string;
  readonly name: string;
  readonly system: string;
  /** What reports from there: jobs that are up or down. */
  readonly jobs: readonly { readonly name: string; readonly up: boolean }[];
  /** 0 to 1. */
  readonly cpu: number | undefined;
  readonly memory: number | undefined;
  readonly disk: number | undefined;
  readonly load: number | undefined;
  /** Seconds since its last sample. */
  readonly age: number | undefined;
}

/** One question a fact. A day back, so that a host that went silent is still there. */
export const HOST_QUERIES = {
  up: "last_over_time(up[1d])",
  age: "time() - (max by (instance) (timestamp(up)) or max by (instance) (max_over_time(timestamp(up)[1d:1m])))",
  system: "last_over_time(node_uname_info[1d])",
  cpu: '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[2m]))',
  memory: "1 - max by (instance) (node_memory_MemAvailable_bytes) / max by (instance) (node_memory_MemTotal_bytes)",
  disk: '1 - min by (instance) (node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs|squashfs|overlay"} / node_filesystem_size_bytes)',
  load: "max by (instance) (node_load1)",
} as const;

export type HostFact = keyof typeof HOST_QUERIES;

export function hostsOf(answers: Readonly<Partial<Record<HostFact, readonly Instant[]>>>): Host[] {
  const value = (fact: HostFact) =>
    new Map((answers[fact] ?? []).map((one) => [one.labels.instance ?? "", one.value] as const));
  const [cpu, memory, disk, load, age] = (["cpu", "memory", "disk", "load", "age"] as const).map(value);
  const systems = new Map((answers.system ?? []).map((one) => [one.labels.instance ?? "", one.labels]));
  const jobs = new Map<string, { name: string; up: boolean }[]>();
  for (const { labels, value: up } of answers.up ?? []) {
    const instance = labels.instance ?? "";
    const known = jobs.get(instance) ?? [];
    jobs.set(instance, known);
    known.push({ name: labels.job ?? "", up: up === 1 });
  }
  const instances = [...new Set([...jobs.keys(), ...systems.keys()])].filter((one) => one !== "");
  return instances
    .map((instance): Host => {
      const system = systems.get(instance);
      return {
        instance,
        name: system?.nodename ?? instance,
        system: [system?.sysname, system?.release, system?.machine].filter(Boolean).join(" "),
        jobs: (jobs.get(instance) ?? []).sort((a, b) => a.name.localeCompare(b.name)),
        cpu: cpu?.get(instance),
        memory: memory?.get(instance),
        disk: disk?.get(instance),
        load: load?.get(instance),
        age: age?.get(instance),
      };
    })
    .sort((a, b) => (b.age ?? 0) - (a.age ?? 0) || a.name.localeCompare(b.name));
}

/** A host that says nothing for so long is silent: four scrapes of the usual 15 s and the lookback of `up`. */
const SILENT_S = 360;

export function isSilent(host: Host): boolean {
  return host.age !== undefined && host.age > SILENT_S;
}
