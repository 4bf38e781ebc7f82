declare const GATHER_VERSION: string | undefined;

/** The version of the package that this was built from; `0.0.0-source` where it runs from its sources. */
export const VERSION = typeof GATHER_VERSION === 'string' ? GATHER_VERSION : '0.0.0-source';
