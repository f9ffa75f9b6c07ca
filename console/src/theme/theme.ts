import {
  Button,
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  Modal,
  SegmentedControl,
  Skeleton,
  Tooltip,
  type VariantColorResolverResult,
} from "@mantine/core";

const wood: MantineColorsTuple = [
  "#fdf6ea",
  "#f7ecdb",
  "#efd9b5",
  "#e8c288",
  "#e2a856",
  "#cf8f38",
  "#b87727",
  "#a0631b",
  "#8a5212",
  "#6d400d",
];

const warmGray: MantineColorsTuple = [
  "#f7f6f3",
  "#f1efea",
  "#e4e0d9",
  "#d8d3ca",
  "#cbc5ba",
  "#a29b8f",
  "#6e685e",
  "#57524a",
  "#3a3631",
  "#23201c",
];

const warmDark: MantineColorsTuple = [
  "#ece8e1",
  "#b8b1a6",
  "#989185",
  "#6b655c",
  "#4a453f",
  "#2f2c28",
  "#1c1a18",
  "#141312",
  "#0f0e0d",
  "#0a0a09",
];

/** Buttons of the accent, readable in both schemes. */
const VARIANTS: Record<string, VariantColorResolverResult> = {
  filled: {
    background: "var(--accent)",
    hover: "var(--accent-strong)",
    color: "var(--on-accent)",
    border: "1px solid transparent",
  },
  light: {
    background: "var(--accent-soft)",
    hover: "var(--accent-soft)",
    color: "var(--accent)",
    border: "1px solid transparent",
  },
};

/** Mantine in the console's own colours and measures. */
export const theme = createTheme({
  primaryColor: "wood",
  primaryShade: { light: 8, dark: 4 },
  variantColorResolver: input => VARIANTS[input.variant] ?? defaultVariantColorsResolver(input),
  colors: { wood, gray: warmGray, dark: warmDark },
  fontFamily: "var(--font)",
  fontFamilyMonospace: "var(--font-mono)",
  defaultRadius: 6,
  cursorType: "pointer",
  fontSizes: { xs: "12px", sm: "13px", md: "14px", lg: "16px", xl: "20px" },
  components: {
    Button: Button.extend({ defaultProps: { size: "sm" } }),
    SegmentedControl: SegmentedControl.extend({ defaultProps: { size: "xs", transitionDuration: 120 } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 300, withArrow: false } }),
    Modal: Modal.extend({ defaultProps: { centered: true, radius: 10, overlayProps: { backgroundOpacity: 0.45 } } }),
    Skeleton: Skeleton.extend({ defaultProps: { radius: 6 } }),
  },
});

const shared = {
  "--mantine-color-body": "var(--surface)",
  "--mantine-color-text": "var(--ink)",
  "--mantine-color-dimmed": "var(--ink-3)",
  "--mantine-color-placeholder": "var(--ink-3)",
  "--mantine-color-default": "var(--surface)",
  "--mantine-color-default-hover": "var(--hover)",
  "--mantine-color-default-color": "var(--ink)",
  "--mantine-color-default-border": "var(--line-strong)",
  "--mantine-color-error": "var(--bad)",
};

/** Lets Mantine's own variables follow the console's. */
export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, light: shared, dark: shared });
