import { expect, it } from "vitest";
import { decodeCopied } from "./copied";
import { embedCode, type Shared, type ShareOptions, shareLink, slugOf } from "./shareLinks";

const SHARED: Shared = {
  base: "https://one.example/oriel/",
  uid: "red",
  title: "RED: Größe & Fehler",
  search: { from: "now-1h", to: "now", "var-job": ["a b", "c"], tenant: "two", editPanel: "panel-3", refresh: "10s" },
  raw: { from: "now-1h", to: "now" },
  range: { from: 1_000, to: 2_000.4 },
};

function check(shared: Partial<Shared>, options: Partial<ShareOptions>, expected: string) {
  const link = shareLink({ ...SHARED, ...shared }, { lockTime: false, withVariables: true, ...options });
  expect(link.replace("https://one.example/oriel/", "")).toBe(expected);
}

it("links to what is shown, and to nothing that is only open", () => {
  check({ title: "RED" }, {}, "d/red/red?from=now-1h&to=now&var-job=a+b&var-job=c&tenant=two");
  check({ title: "RED" }, { lockTime: true, withVariables: false }, "d/red/red?from=1000&to=2000&tenant=two");
  check(
    { title: "!", panel: "panel-3" },
    { withVariables: false },
    "d/red?from=now-1h&to=now&tenant=two&viewPanel=panel-3",
  );
});

it("frames one panel, with the refresh of the page", () => {
  check(
    { title: "RED", panel: "panel-3" },
    { framed: true, withVariables: false },
    "d-solo/red/red?from=now-1h&to=now&tenant=two&refresh=10s&panelId=panel-3",
  );
  expect(embedCode('https://one.example/?a=1&b="')).toContain('src="https://one.example/?a=1&amp;b=&quot;"');
});

it("makes words of addresses from titles", () => {
  expect(slugOf("RED: Größe & Fehler")).toBe("red-große-fehler");
  expect(slugOf("  ")).toBe("");
});

it("takes a copied panel without its number, and nothing else for one", () => {
  expect(decodeCopied('{"id":3,"type":"stat","title":"A"}')).toEqual({ type: "stat", title: "A" });
  expect(decodeCopied('{"libraryPanel":{"uid":"x"}}')).toEqual({ libraryPanel: { uid: "x" } });
  expect(decodeCopied('["a"]')).toBeUndefined();
  expect(decodeCopied(null)).toBeUndefined();
});
