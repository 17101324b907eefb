// Links out of dashboards: only http, https and paths of this server. What a variable fills in cannot change that. Pure.

export function safeHref(url: string): string | undefined {
  const trimmed = url.trim();
  if (trimmed === "") return undefined;
  try {
    const parsed = new URL(trimmed, "http://oriel.invalid/");
    if (parsed.protocol !== "http:" && parsed.protocol !== "https:") return undefined;
    if (parsed.host !== "oriel.invalid") return parsed.href;
    const path = trimmed.startsWith("/") ? trimmed.slice(1) : trimmed;
    return path.startsWith("/") || path.startsWith("\\") ? undefined : path;
  } catch {
    return undefined;
  }
}
