// What an unknown address shows.
import { Link } from "@tanstack/react-router";
import { Notice } from "../ui/Notice";

export function NotFound() {
  return (
    <Notice title="There is no such page">
      The address may be mistyped, or the page was moved. <Link to="/">Go to Home</Link>
    </Notice>
  );
}
