// Runs before the first paint: puts the chosen colour scheme on <html> so that the page never flashes the wrong one.
// An inline script would do the same, but the content security policy allows none.
(() => {
  let choice = "auto";
  try {
    choice = localStorage.getItem("oriel.scheme") ?? "auto";
  } catch {
    // Storage may be closed; follow the system then.
  }
  const dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
