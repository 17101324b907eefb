import { expect, it } from "vitest";
import { decodeAccess } from "./access";

it("reads what one may do, and takes an older server for one that is open", () => {
  const told = { open: false, logged_in: true, role: "Viewer" };
  expect(decodeAccess(told)).toEqual({ open: false, loggedIn: true, role: "Viewer" });
  expect(decodeAccess(undefined)).toEqual({ open: true, loggedIn: false, role: "Admin" });
  expect(decodeAccess({ open: false, role: "<b>" }).role).toBe("Admin");
});
