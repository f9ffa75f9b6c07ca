import { applySchemeEarly } from "./theme/scheme.ts";
import "./theme/mantine.css";
import "./theme/tokens.css";
import "./theme/base.css";
import { createRoot } from "react-dom/client";
import { Console } from "./console.tsx";
import { noteArrival } from "./session/arrival.ts";

applySchemeEarly();
noteArrival();
const root = document.getElementById("root");
if (root) createRoot(root).render(<Console />);
