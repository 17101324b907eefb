import { expect, it } from "vitest";
import { ApiError } from "../../api/http";
import { leave } from "./leave";

it("says that one is still logged in, unless one is not", async () => {
  const refused = (status: number) => leave(() => Promise.reject(new ApiError("The disk is full", status)));
  expect(await leave(() => Promise.resolve())).toBeUndefined();
  expect(await refused(401)).toBeUndefined();
  expect(await refused(500)).toBe("You are still logged in: The disk is full");
  expect(await refused(0)).toBe("You are still logged in: The disk is full");
});
