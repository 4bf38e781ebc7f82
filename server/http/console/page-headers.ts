import type { Headers } from '../security-headers.js';

/** What a page could ask a browser for, and the console never does. */
const DENIED = [
  ...['accelerometer', 'autoplay', 'camera', 'clipboard-read', 'display-capture', 'encrypted-media'],
  ...['fullscreen', 'gamepad', 'geolocation', 'gyroscope', 'hid', 'idle-detection', 'local-fonts'],
  ...['magnetometer', 'microphone', 'midi', 'payment', 'picture-in-picture', 'publickey-credentials-get'],
  ...['screen-wake-lock', 'serial', 'storage-access', 'usb', 'xr-spatial-tracking'],
];
const PERMISSIONS_POLICY = [...DENIED.map((feature) => `${feature}=()`), 'clipboard-write=(self)'].join(', ');

/**
 * What the console's page has in its head besides what all answers of Express have: nothing from elsewhere, no script that is
 * not a file of ours, no style that is neither that nor marked by this answer's nonce.
 */
export function pageHeaders(nonce: string): Headers {
  return {
    'Cache-Control': 'no-store',
    'Content-Security-Policy': [
      "default-src 'none'",
      "script-src 'self'",
      `style-src 'self' 'nonce-${nonce}'`,
      "img-src 'self' data: blob:",
      "font-src 'self'",
      "connect-src 'self'",
      "manifest-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'Permissions-Policy': PERMISSIONS_POLICY,
    'X-Frame-Options': 'DENY',
  };
}
