// Who collects: agents that report themselves, with their state and configuration; and below, hosts that metrics tell of.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import { type Agents as Answer, fetchAgents, forgetAgent, type RegisteredAgent } from "../../api/oriel/agents";
import { ago, count, short, whole } from "../../format/number";
import { ErrorNotice } from "../../ui/ErrorNotice";
import { Icon } from "../../ui/Icon";
import { SkeletonRows } from "../../ui/Skeletons";
import styles from "../server.module.css";
import { AgentDetails } from "./AgentDetails";
import { Hosts } from "./Hosts";
import { byNeed, stateOf, waiting } from "./registered";

/** Agents report every 15 seconds. */
const POLL_MS = 5_000;

export function Agents() {
  return (
    <>
      <Registered />
      <div className={styles.section}>
        <Hosts />
      </div>
    </>
  );
}

function Registered() {
  const answer = useQuery({
    queryKey: ["agents"],
    queryFn: ({ signal }) => fetchAgents(signal),
    refetchInterval: (query) => (query.state.error === null ? POLL_MS : false),
  });
  if (answer.data === undefined) {
    if (answer.error === null) return <SkeletonRows rows={4} />;
    return <ErrorNotice error={answer.error} onRetry={() => void answer.refetch()} />;
  }
  return <AgentTable answer={answer.data} />;
}

function AgentTable({ answer }: { answer: Answer }) {
  const { now, agents } = answer;
  const client = useQueryClient();
  const [open, setOpen] = useState<string>();
  const forget = useMutation({
    mutationFn: forgetAgent,
    onSettled: () => client.invalidateQueries({ queryKey: ["agents"] }),
  });
  if (agents.length === 0) {
    return (
      <>
        <h2 className={styles.heading}>Agents</h2>
        <p className={styles.lead}>
          None has reported. An <code>oriel agent</code> whose <code>send.metrics</code> is this server is listed here
          within 15 seconds.
        </p>
      </>
    );
  }
  const bad = agents.filter((one) => stateOf(one, now).state !== "well").length;
  const configs = new Set(agents.map((one) => one.configHash)).size;
  return (
    <>
      <h2 className={styles.heading}>Agents</h2>
      <p className={styles.lead}>
        {count(agents.length, "agent")}, {count(configs, "configuration")}
        {bad > 0 && (
          <strong className={styles.bad}>
            , {bad} {bad === 1 ? "needs" : "need"} a look
          </strong>
        )}
      </p>
      <div className={styles.scroll}>
        <table className={styles.table} data-testid="agents">
          <thead>
            <tr>
              <th>Agent</th>
              <th>State</th>
              <th>Version</th>
              <th>Configuration</th>
              <th className={styles.right}>Targets</th>
              <th className={styles.right}>Sent</th>
              <th className={styles.right}>Waiting</th>
              <th className={styles.right}>Last heard</th>
            </tr>
          </thead>
          <tbody>
            {byNeed(agents, now).map((one) => (
              <Fragment key={one.id}>
                <AgentRow
                  agent={one}
                  now={now}
                  open={open === one.id}
                  onToggle={() => setOpen(open === one.id ? undefined : one.id)}
                />
                {open === one.id && (
                  <tr>
                    <td colSpan={8} className={styles.detail}>
                      <AgentDetails agent={one} now={now} onForget={() => forget.mutate(one.id)} />
                    </td>
                  </tr>
                )}
              </Fragment>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

interface RowProps {
  agent: RegisteredAgent;
  now: number;
  open: boolean;
  onToggle: () => void;
}

function AgentRow({ agent, now, open, onToggle }: RowProps) {
  const { state, words } = stateOf(agent, now);
  const sent = agent.deliveries.reduce((sum, one) => sum + one.sent, 0);
  const queue = waiting(agent);
  return (
    <tr data-open={open}>
      <td>
        <button type="button" className={styles.unfold} aria-expanded={open} onClick={onToggle} title={agent.id}>
          <Icon name={open ? "down" : "right"} size={12} />
          <span className={styles.clip}>{agent.name}</span>
        </button>
      </td>
      <td className={styles.state} data-state={state}>
        {words}
      </td>
      <td>{agent.version || "–"}</td>
      <td className={styles.mono}>{agent.configHash.slice(0, 8) || "–"}</td>
      <td className={styles.right}>
        {whole(agent.up)}
        {agent.down > 0 && <span className={styles.bad}> + {whole(agent.down)} down</span>}
      </td>
      <td className={styles.right} title={`${whole(sent)} samples, lines and spans`}>
        {short(sent)}
      </td>
      <td className={styles.right}>{queue === 0 ? "0" : short(queue)}</td>
      <td className={styles.right}>{ago(agent.lastSeen, now)}</td>
    </tr>
  );
}
