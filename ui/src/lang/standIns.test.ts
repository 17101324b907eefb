import { expect, it } from "vitest";
import { standIn } from "./standIns";

it("intervals survive a formatter that writes durations in its own way", () => {
  const { query, restore } = standIn(
    "rate(a[$__rate_interval])/rate(b[${__range}] offset 5m)+rate(c[$__rate_interval])",
  );
  expect(query).toBe("rate(a[911000371ms])/rate(b[911000372ms] offset 5m)+rate(c[911000371ms])");
  expect(restore("rate(a[1w3d13h3m20s371ms]) / rate(b[253h3m20s372ms] offset 5m)")).toBe(
    "rate(a[$__rate_interval]) / rate(b[${__range}] offset 5m)",
  );
});

it("a query without them stays as it is", () => {
  const { query, restore } = standIn("rate(a[5m])");
  expect([query, restore("rate(a[5m])")]).toEqual(["rate(a[5m])", "rate(a[5m])"]);
});
