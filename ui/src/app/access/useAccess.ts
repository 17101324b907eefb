// What the one who looks may do, asked once a page.
import { useQuery } from "@tanstack/react-query";
import { fetchAccess } from "../../api/oriel/access";

export function useAccess() {
  return useQuery({ queryKey: ["access"], queryFn: ({ signal }) => fetchAccess(signal), retry: false });
}
