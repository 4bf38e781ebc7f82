const OWN = new Intl.DateTimeFormat().resolvedOptions().locale;

/** How times and numbers are written. All texts are English, and so are these: as in the viewer's country where that speaks it, too. */
export const LOCALE = OWN.startsWith('en') ? OWN : 'en-GB';
