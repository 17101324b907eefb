// Where the page starts: theme, router, nothing else.
import "./app/styles/parts.css";
import "./app/styles/tokens.css";
import "./app/styles/base.css";
import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { router } from "./app/router";
import { SCHEME_KEY } from "./app/scheme";
import { theme } from "./app/theme";

const schemes = localStorageColorSchemeManager({ key: SCHEME_KEY });
const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} colorSchemeManager={schemes} defaultColorScheme="auto" deduplicateCssVariables>
      <RouterProvider router={router} />
    </MantineProvider>
  </StrictMode>,
);
