import { expect, it } from "vitest";
import { decodeAccess } from "./access";

it("reads what one may do, and takes an older server for one that is open", () => {
  const told = { open: false, logged_in: true, role: "Viewer" };
  expect(decodeAccess(told)).toEqual({
    open: false,
    loggedIn: true,
    role: "Viewer",
    name: "",
    hasUsers: false,
  });
  expect(decodeAccess(undefined)).toEqual({
    open: true,
    loggedIn: false,
    role: "Admin",
    name: "",
    hasUsers: false,
  });
  expect(decodeAccess({ open: false, logged_in: true, name: "ada", has_users: true })).toMatchObject({
    name: "ada",
    hasUsers: true,
  });
  expect(decodeAccess({ open: false, role: "<b>" }).role).toBe("Admin");
});
