// A star keeps a dashboard at hand: on Home, in lists, at the top of the palette.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { setStar, starredUids } from "../../api/dashboards/stars";
import { IconButton } from "../../ui/IconButton";

export function Star({ uid }: { uid: string }) {
  const client = useQueryClient();
  const found = useQuery({ queryKey: ["stars"], queryFn: ({ signal }) => starredUids(signal), staleTime: 5_000 });
  const all = found.data ?? [];
  const on = all.includes(uid);
  const toggle = async () => {
    client.setQueryData(["stars"], on ? all.filter((one) => one !== uid) : [...all, uid]);
    try {
      await setStar(uid, !on);
    } finally {
      await client.invalidateQueries({ queryKey: ["stars"] });
      await client.invalidateQueries({ queryKey: ["dashboards"] });
    }
  };
  return (
    <IconButton
      icon="star"
      label={on ? "Take the star away" : "Star this dashboard"}
      active={on}
      onClick={() => void toggle().catch(() => undefined)}
    />
  );
}
