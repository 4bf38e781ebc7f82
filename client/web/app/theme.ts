import { Alert, createTheme, type CSSVariablesResolver, Notification } from '@mantine/core';

/** Colours whose contrast is that of WCAG 2.2 AA, light and dark; nothing is loaded for the fonts. */
export const THEME = createTheme({
  primaryColor: 'cyan',
  primaryShade: { light: 9, dark: 9 },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif, "Noto Color Emoji"',
  fontFamilyMonospace: 'ui-monospace, "Cascadia Mono", Menlo, "DejaVu Sans Mono", monospace',
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // Its own grey is too pale to be read by everybody.
    Notification: Notification.extend({ styles: { description: { color: 'var(--mantine-color-text)' } } }),
    // While its colours slide from one to the other they cannot be read.
    SegmentedControl: { defaultProps: { transitionDuration: 0 } },
    // Within a dialog it is no banner of the page.
    ModalHeader: { defaultProps: { component: 'div' } },
    DrawerHeader: { defaultProps: { component: 'div' } },
    // In its own colour a title is too pale on the ground of that colour.
    Alert: Alert.extend({
      styles: (_theme, { variant }) => ({
        title: { color: variant === 'filled' ? undefined : 'var(--mantine-color-text)' },
      }),
    }),
  },
});

// Under the pointer a button gets darker: the paler shade that it would get does not carry its text.
const UNDER_THE_POINTER = {
  '--mantine-color-cyan-filled-hover': '#095c6b',
  '--mantine-color-red-filled-hover': '#a82323',
};

/** Mantine's own grey for what matters less, and its red for what is wrong, are too pale to be read by everybody; so is text where the pointer is. */
export const CSS_VARIABLES: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    ...UNDER_THE_POINTER,
    '--mantine-color-dimmed': 'var(--mantine-color-gray-7)',
    '--mantine-color-placeholder': 'var(--mantine-color-gray-7)',
    '--mantine-color-error': 'var(--mantine-color-red-9)',
    '--mantine-color-anchor': 'var(--mantine-color-cyan-9)',
    '--mantine-color-cyan-light-hover': 'var(--mantine-color-cyan-1)',
    '--mantine-color-red-light-hover': 'var(--mantine-color-red-1)',
  },
  dark: {
    ...UNDER_THE_POINTER,
    '--mantine-color-dimmed': 'var(--mantine-color-dark-1)',
    '--mantine-color-placeholder': 'var(--mantine-color-dark-1)',
    '--mantine-color-error': 'var(--mantine-color-red-4)',
    '--mantine-color-anchor': 'var(--mantine-color-cyan-4)',
  },
});
