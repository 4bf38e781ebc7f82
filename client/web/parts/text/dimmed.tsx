import { Text } from '@mantine/core';

/** A word for what is not there: none, never. */
export function Dimmed({ children }: { readonly children: string }) {
  return (
    <Text span inherit c="dimmed">
      {children}
    </Text>
  );
}
