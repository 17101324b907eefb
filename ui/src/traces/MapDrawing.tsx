// The map: a circle a service, its edge red for the share of failed calls; a line a call, as wide as calls are many.
import { useState } from "react";
import { assignHues, hueColor } from "../charts/colors/palette";
import { useServiceHues } from "../charts/colors/serviceHues";
import { duration, perTimeAlike } from "../format/number";
import { useDark } from "../ui/hooks/useDark";
import { type Call, type Service, type ServiceGraph, serviceQuery } from "./serviceGraph";
import styles from "./traces.module.css";

const COLUMN_PX = 240;
const ROW_PX = 104;
const MARGIN_PX = 90;
const RADIUS_PX = 20;
const LINE_PX = 4;

interface Props {
  graph: ServiceGraph;
  onSearch: (query: string) => void;
}

export function MapDrawing({ graph, onSearch }: Props) {
  const dark = useDark();
  const fixed = useServiceHues();
  const [over, setOver] = useState<string>();
  const { services, calls, columns, rows } = graph;
  const height = rows * ROW_PX;
  const width = (columns - 1) * COLUMN_PX + MARGIN_PX * 2;
  const x = (one: Service) => MARGIN_PX + one.column * COLUMN_PX;
  const y = (one: Service) => one.height * height;
  const hues = assignHues(
    services.map((one) => one.name),
    fixed,
  );
  const byName = new Map(services.map((one) => [one.name, one]));
  const perTime = perTimeAlike(calls.map((one) => one.rate));
  const most = Math.max(1e-9, ...calls.map((one) => one.rate));
  const isNear = (name: string) =>
    over === undefined ||
    over === name ||
    calls.some((one) => (one.client === over && one.server === name) || (one.server === over && one.client === name));
  return (
    <div className={styles.map} data-testid="service-map">
      <div className={styles.mapSheet} style={{ width, height }}>
        <svg width={width} height={height} aria-hidden="true">
          {calls.map((call) => {
            const [from, to] = [byName.get(call.client), byName.get(call.server)];
            if (from === undefined || to === undefined || from === to) return null;
            return (
              <path
                key={`${call.client} ${call.server}`}
                d={curve(x(from), y(from), x(to), y(to))}
                className={styles.call}
                data-error={call.errors > 0}
                data-dim={over !== undefined && call.client !== over && call.server !== over}
                strokeWidth={1 + LINE_PX * Math.sqrt(call.rate / most)}
              >
                <title>{callText(call, perTime)}</title>
              </path>
            );
          })}
        </svg>
        {services.map((one) => (
          <button
            type="button"
            key={one.name}
            className={styles.service}
            style={{ left: x(one), top: y(one) }}
            data-dim={!isNear(one.name)}
            title={`Find the traces of ${one.name}`}
            onMouseEnter={() => setOver(one.name)}
            onMouseLeave={() => setOver(undefined)}
            onFocus={() => setOver(one.name)}
            onBlur={() => setOver(undefined)}
            onClick={() => onSearch(serviceQuery(one.name))}
          >
            <Ring share={one.rate === 0 ? 0 : one.errors / one.rate} color={hueColor(hues.get(one.name) ?? 0, dark)} />
            <span className={styles.serviceName}>{one.name}</span>
            <span className={styles.serviceFacts}>{factsOf(one, perTime)}</span>
          </button>
        ))}
      </div>
    </div>
  );
}

/** A circle in the colour of the service; the part of its edge that is red is the share of calls that failed. */
function Ring({ share, color }: { share: number; color: string }) {
  const around = 2 * Math.PI * RADIUS_PX;
  const size = RADIUS_PX * 2 + 8;
  return (
    <svg width={size} height={size} viewBox={`${-size / 2} ${-size / 2} ${size} ${size}`} aria-hidden="true">
      <circle r={RADIUS_PX - 5} fill={color} opacity={0.28} />
      <circle r={RADIUS_PX} fill="none" stroke={color} strokeWidth={3} />
      {share > 0 && (
        <circle
          r={RADIUS_PX}
          fill="none"
          stroke="var(--level-error)"
          strokeWidth={4}
          strokeDasharray={`${Math.max(0.02, share) * around} ${around}`}
          transform="rotate(-90)"
        />
      )}
    </svg>
  );
}

function factsOf(one: Service, perTime: (rate: number) => string): string {
  const parts = [perTime(one.rate)];
  if (one.errors > 0) parts.push(`${percent(one.errors / one.rate)} failed`);
  if (one.mean !== undefined) parts.push(duration(one.mean * 1e9));
  return parts.join(" · ");
}

export function percent(share: number): string {
  return `${share * 100 >= 10 ? Math.round(share * 100) : Math.round(share * 1_000) / 10} %`;
}

function callText({ client, server, rate, errors, mean }: Call, perTime: (rate: number) => string): string {
  return `${client} calls ${server}: ${perTime(rate)}, ${perTime(errors)} failed${mean === undefined ? "" : `, ${duration(mean * 1e9)} on average`}`;
}

/** From the right edge of one circle to the left edge of the other; back, it goes below. */
function curve(fromX: number, fromY: number, toX: number, toY: number): string {
  if (toX > fromX) {
    const [a, b] = [fromX + RADIUS_PX + 3, toX - RADIUS_PX - 3];
    const middle = (a + b) / 2;
    return `M${a} ${fromY}C${middle} ${fromY} ${middle} ${toY} ${b} ${toY}`;
  }
  const low = Math.max(fromY, toY) + ROW_PX / 2;
  return `M${fromX} ${fromY + RADIUS_PX + 3}C${fromX} ${low} ${toX} ${low} ${toX} ${toY + RADIUS_PX + 3}`;
}
