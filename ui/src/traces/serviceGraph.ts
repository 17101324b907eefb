// The calls between services as a graph, and places for its nodes: callers left, called ones right. Pure.

export interface Call {
  readonly client: string;
  readonly server: string;
  /** Calls per second. */
  readonly rate: number;
  /** Failed calls per second. */
  readonly errors: number;
  /** Seconds that a call takes on average; undefined when it is not known. */
  readonly mean: number | undefined;
}

export interface Service {
  readonly name: string;
  readonly column: number;
  /** Place in its column. */
  readonly row: number;
  /** The same as a part of the height, 0 to 1. */
  readonly height: number;
  /** Of the calls that it answered; of those that it made, where it answered none. */
  readonly rate: number;
  readonly errors: number;
  readonly mean: number | undefined;
}

export interface ServiceGraph {
  readonly services: readonly Service[];
  readonly calls: readonly Call[];
  readonly columns: number;
  readonly rows: number;
}

/** A map beyond this is a wall; the busiest calls stay. */
const MOST_CALLS = 400;
/** Each pass pulls rows towards those that they call or are called by. */
const PASSES = 6;

export interface Labelled {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Joins three answers over the labels `client` and `server`. */
export function callsOf(rates: readonly Labelled[], errors: readonly Labelled[], means: readonly Labelled[]): Call[] {
  const key = (one: Labelled) => JSON.stringify([one.labels.client ?? "", one.labels.server ?? ""]);
  const failed = new Map(errors.map((one) => [key(one), one.value]));
  const took = new Map(means.map((one) => [key(one), one.value]));
  return rates
    .map((one): Call => {
      const mean = took.get(key(one));
      return {
        client: one.labels.client ?? "",
        server: one.labels.server ?? "",
        rate: finite(one.value),
        errors: finite(failed.get(key(one)) ?? 0),
        mean: mean === undefined || !Number.isFinite(mean) ? undefined : mean,
      };
    })
    .filter((one) => one.client !== "" && one.server !== "")
    .sort((a, b) => b.rate - a.rate)
    .slice(0, MOST_CALLS);
}

const finite = (value: number) => (Number.isFinite(value) ? value : 0);

export function layoutServices(calls: readonly Call[]): ServiceGraph {
  const names = [...new Set(calls.flatMap((one) => [one.client, one.server]))].sort();
  const column = columnsOf(names, calls);
  const columns = Math.max(0, ...column.values()) + 1;
  const ordered: string[][] = Array.from({ length: columns }, () => []);
  for (const name of names) ordered[column.get(name) ?? 0]?.push(name);
  for (let pass = 0; pass < PASSES; pass += 1) settle(ordered, calls);
  const services = ordered.flatMap((list, at) =>
    list.map(
      (name, row): Service => ({ name, column: at, row, height: (row + 0.5) / list.length, ...totals(name, calls) }),
    ),
  );
  return { services, calls, columns, rows: Math.max(1, ...ordered.map((list) => list.length)) };
}

/** One more than the furthest caller; a call back to a caller counts for nothing. */
function columnsOf(names: readonly string[], calls: readonly Call[]): Map<string, number> {
  const callers = new Map<string, string[]>(names.map((name) => [name, []]));
  for (const { client, server } of calls) if (client !== server) callers.get(server)?.push(client);
  const found = new Map<string, number>();
  const open = new Set<string>();
  const columnOf = (name: string): number => {
    const known = found.get(name);
    if (known !== undefined) return known;
    if (open.has(name)) return -1;
    open.add(name);
    const column = Math.max(-1, ...(callers.get(name) ?? []).map(columnOf)) + 1;
    open.delete(name);
    found.set(name, column);
    return column;
  };
  // Those that nobody calls come first, so that a ring is opened where the calls come in.
  const order = [...names].sort((a, b) => (callers.get(a)?.length ?? 0) - (callers.get(b)?.length ?? 0));
  for (const name of order) columnOf(name);
  return found;
}

/** Sorts each column by the middle of the neighbours' places. */
function settle(columns: string[][], calls: readonly Call[]): void {
  const place = new Map<string, number>();
  const put = (list: readonly string[]) => {
    for (const [row, name] of list.entries()) place.set(name, (row + 0.5) / list.length);
  };
  for (const list of columns) put(list);
  for (const list of columns) {
    const middle = new Map(
      list.map((name) => {
        const near = calls.flatMap((one) =>
          one.client === name ? [one.server] : one.server === name ? [one.client] : [],
        );
        const sum = near.reduce((total, one) => total + (place.get(one) ?? 0.5), 0);
        return [name, near.length === 0 ? (place.get(name) ?? 0.5) : sum / near.length];
      }),
    );
    list.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0) || a.localeCompare(b));
    put(list);
  }
}

function totals(name: string, calls: readonly Call[]): Pick<Service, "rate" | "errors" | "mean"> {
  const served = calls.filter((one) => one.server === name);
  const own = served.length > 0 ? served : calls.filter((one) => one.client === name);
  const timed = own.flatMap(({ rate, mean }) => (mean === undefined ? [] : [{ rate, took: rate * mean }]));
  const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0);
  const measured = sum(timed.map((one) => one.rate));
  return {
    rate: sum(own.map((one) => one.rate)),
    errors: sum(own.map((one) => one.errors)),
    mean: measured > 0 ? sum(timed.map((one) => one.took)) / measured : undefined,
  };
}

/** The searches that lead on from the map. */
export function serviceQuery(name: string): string {
  return `{ resource.service.name = ${JSON.stringify(name)} }`;
}

export function callQuery({ client, server }: Pick<Call, "client" | "server">): string {
  return `${serviceQuery(client)} >> ${serviceQuery(server)}`;
}
