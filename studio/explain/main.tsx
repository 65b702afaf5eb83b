import "../src/theme.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ExplainPage } from "./page.tsx";

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <ExplainPage />
  </StrictMode>,
);
