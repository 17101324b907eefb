import { expect, it } from "vitest";
import { makeField } from "../../data/frame";
import type { Lookup } from "../../variables/interpolate";
import { directLink, filledLinks } from "./dataLinks";

const lookup: Lookup = (name) =>
  name === "env" ? { values: ["a b"], texts: ["a b"], many: false } : name === "empty" ? undefined : undefined;

function hrefs(...urls: string[]): string[] {
  const links = urls.map((url) => ({ title: "${__field.labels.job} ${__value.text}", url, newTab: false }));
  const field = {
    ...makeField("Value", "number", [1, 1_500], { job: "a&b", "k8s.pod": "p1" }),
    config: { custom: {}, links },
  };
  const frame = {
    refId: "A",
    fields: [makeField("Time", "time", [10, 20]), makeField("my host", "string", ["h/1", "h/2"]), field],
  };
  const of = { field, frame, row: 1, value: 1_500, words: "1.5 s", name: "jobs of a&b" };
  const made = filledLinks(of, lookup);
  for (const one of made) expect(one.title).toBe("a&b 1.5 s");
  return made.map((one) => one.href);
}

it("tell of the value, its labels, its series and its row, so that they stay one part of the address", () => {
  expect(hrefs('/d/x?var-job=${__field.labels.job}&var-pod=${__field.labels["k8s.pod"]}')).toEqual([
    "d/x?var-job=a%26b&var-pod=p1",
  ]);
  expect(hrefs("/d/x?v=${__value.raw}&t=${__value.time}&w=${__value.text}")).toEqual(["d/x?v=1500&t=20&w=1.5%20s"]);
  expect(hrefs('/d/x?h=${__data.fields["my host"]}&i=${__data.fields[1].text}&n=${__data.fields.none}')).toEqual([
    "d/x?h=h%2F2&i=h%2F2&n=",
  ]);
  expect(hrefs("/d/x?s=${__series.name}&f=${__field.name}&e=${env}")).toEqual([
    "d/x?s=jobs%20of%20a%26b&f=Value&e=a b",
  ]);
  expect(hrefs("/d/x?raw=${__field.labels.job:raw}&$unknown")).toEqual(["d/x?raw=a&b&$unknown"]);
});

it("lead nowhere but to pages", () => {
  expect(hrefs("javascript:alert(1)", "${__field.labels.job}://x", "https://h/${__data.fields.0}")).not.toContain(
    "javascript:alert(1)",
  );
  expect(hrefs("javascript:alert(1)", "data:text/html,x")).toEqual([]);
});

it("are followed at once where one is alone or says so, else one is chosen", () => {
  const link = (title: string, oneClick = false) => ({ title, href: `d/${title}`, newTab: false, oneClick });
  expect(directLink([link("a")])?.title).toBe("a");
  expect(directLink([link("a"), link("b")])).toBeUndefined();
  expect(directLink([link("a"), link("b", true)])?.title).toBe("b");
});
