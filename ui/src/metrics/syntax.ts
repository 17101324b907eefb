// The syntax tree of a PromQL text, for those who read it or change a part of it. Pure.
import { parser } from "@prometheus-io/lezer-promql";

export type SyntaxNode = ReturnType<typeof parser.parse>["topNode"];

export function parsePromql(text: string): SyntaxNode {
  return parser.parse(text).topNode;
}

export function textOf(node: SyntaxNode, source: string): string {
  return source.slice(node.from, node.to);
}

export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child);
  return found;
}

/** All nodes of that name, from left to right. */
export function nodesOf(top: SyntaxNode, name: string): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  top.cursor().iterate((node) => {
    if (node.name === name) found.push(node.node);
  });
  return found;
}
