import { createTheme } from '@mantine/core';

// A dialog's header element would be taken for the page's banner.
const plainHeader = { header: { role: 'none' } };

/** Quiet and dense: small text, little rounding, colour kept for what carries meaning. */
export const theme = createTheme({
  primaryColor: 'indigo',
  // Shade 8 on white and under white text has the contrast that lighter ones lack.
  primaryShade: { light: 8, dark: 8 },
  // Greys of the dark scheme with the blue of the page in them (globals.css); the first is text, the last the deepest ground.
  colors: {
    dark: [
      '#dde2e8',
      '#b9c1cc',
      '#a3adba',
      '#67717f',
      '#3a424e',
      '#2f3641',
      '#20252d',
      '#1b1f26',
      '#14171c',
      '#0f1216',
    ],
  },
  defaultRadius: 'sm',
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif",
  fontFamilyMonospace: 'var(--mono)',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '19px' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '20px', lineHeight: '1.3' },
      h2: { fontSize: '15px', lineHeight: '1.4' },
      h3: { fontSize: '14px', lineHeight: '1.4' },
    },
  },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'sm' } },
    TextInput: { defaultProps: { size: 'sm' } },
    PasswordInput: {
      defaultProps: { size: 'sm', visibilityToggleButtonProps: { 'aria-label': 'Show or hide what is typed' } },
    },
    Modal: {
      defaultProps: {
        centered: true,
        transitionProps: { duration: 100 },
        closeButtonProps: { 'aria-label': 'Close' },
        attributes: plainHeader,
      },
    },
    Drawer: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' }, attributes: plainHeader } },
    // Its placeholder is a focusable thing in a menu that is no menu item.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 250 } },
  },
});
