// The dashboards that a panel of the library stands on.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type LibraryElement, libraryDashboards } from "../../../api/dashboards/library";
import { count } from "../../../format/number";
import { searchDashboards } from "../../api";

/** More are counted. */
const MOST_SHOWN = 4;

export function LibraryPlaces({ element }: { element: LibraryElement }) {
  const places = useQuery({
    queryKey: ["library", element.uid, "places", element.dashboards],
    queryFn: ({ signal }) => libraryDashboards(element.uid, signal),
    enabled: element.dashboards > 0,
  });
  const titles = useQuery({
    queryKey: ["dashboards"],
    queryFn: ({ signal }) => searchDashboards(signal),
    staleTime: 5_000,
    enabled: element.dashboards > 0,
  });
  if (element.dashboards === 0) return <>on no dashboard</>;
  const uids = places.data ?? [];
  if (uids.length === 0) return <>on {count(element.dashboards, "dashboard")}</>;
  return (
    <>
      on{" "}
      {uids.slice(0, MOST_SHOWN).map((uid, index) => (
        <span key={uid}>
          {index > 0 && ", "}
          <Link to="/d/$uid" params={{ uid }}>
            {titles.data?.find((one) => one.uid === uid)?.title ?? uid}
          </Link>
        </span>
      ))}
      {uids.length > MOST_SHOWN && ` and ${uids.length - MOST_SHOWN} more`}
    </>
  );
}
