import { LOCALE } from '../../parts/locale.js';

// Imported before uPlot, which fails whole where the browser calls its language what is none, as `C` or `en-US@posix`.
if (!isLanguage(navigator.language)) Object.defineProperty(navigator, 'language', { value: LOCALE });

function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
}
