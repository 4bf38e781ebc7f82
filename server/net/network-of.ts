import ipaddr from 'ipaddr.js';

/** What addresses are counted by: an IPv4 address itself, an IPv6 address by its /64, which one client has whole. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return address;
  return `${parsed.toByteArray().slice(0, 8).join('.')}/64`;
}
