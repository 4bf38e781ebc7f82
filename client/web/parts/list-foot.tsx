import { Button, Group, Text } from '@mantine/core';

interface ListFootProps {
  /** How much of the list is shown. */
  readonly text: string;
  /** Undefined where there is no more. */
  readonly onMore: (() => void) | undefined;
  readonly isLoading?: boolean;
}

/** Below a list that is shown bit by bit: how much of it that is, and the way to more. */
export function ListFoot({ text, onMore, isLoading = false }: ListFootProps) {
  return (
    <Group>
      <Text size="sm" c="dimmed" role="status">
        {text}
      </Text>
      {onMore === undefined ? null : (
        <Button variant="default" size="xs" loading={isLoading} onClick={onMore}>
          Show more
        </Button>
      )}
    </Group>
  );
}
