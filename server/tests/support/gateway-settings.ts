import { loadSettings } from '../../config/load-settings.js';
import type { GatewaySettings } from '../../gateways/open-gateways.js';

/** The settings of gateways as they are, but for those that a test wants otherwise. */
export function gatewaySettings(wanted: Partial<GatewaySettings>): GatewaySettings {
  return { ...loadSettings({}, {}).settings, ...wanted };
}
