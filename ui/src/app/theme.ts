// The component library's theme: our fonts, radius and the one amber accent. Colours themselves live in tokens.css.
import { createTheme, type MantineColorsTuple, Menu, Popover } from "@mantine/core";

const amber: MantineColorsTuple = [
  "#fff5e4",
  "#fde9cb",
  "#fad39b",
  "#f7bb66",
  "#f4a83f",
  "#f2a33a",
  "#d98a1f",
  "#b87110",
  "#8a5200",
  "#5f3800",
];

/** What opens and closes does so at once: the next key is meant for the page. */
const AT_ONCE = { transitionProps: { duration: 0 } };

export const theme = createTheme({
  components: {
    Menu: Menu.extend({ defaultProps: AT_ONCE }),
    Popover: Popover.extend({ defaultProps: AT_ONCE }),
  },
  primaryColor: "amber",
  primaryShade: 5,
  autoContrast: true,
  luminanceThreshold: 0.3,
  colors: { amber },
  fontFamily: "var(--font-text)",
  fontFamilyMonospace: "var(--font-mono)",
  fontSizes: { xs: "12px", sm: "13px", md: "13px", lg: "15px", xl: "20px" },
  defaultRadius: 6,
  cursorType: "pointer",
  respectReducedMotion: true,
});
