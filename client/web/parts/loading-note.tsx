import { Center, Loader } from '@mantine/core';

/** Stands where something is still being loaded. */
export function LoadingNote() {
  return (
    <Center p="xl" role="status" aria-label="Loading">
      <Loader type="dots" />
    </Center>
  );
}
