import { Checkbox, Code, List, Radio, Stack, Text } from '@mantine/core';
import type { Permission, PermissionOverview, Role } from '../../../protocol/permissions.js';
import { ErrorNote } from '../parts/error-note.js';
import { LoadingNote } from '../parts/loading-note.js';
import { usePermissionOverview } from './user-queries.js';

interface PermissionChoiceProps {
  readonly role: Role;
  /** Null: those of the role. */
  readonly own: readonly Permission[] | null;
  readonly onChange: (own: readonly Permission[] | null) => void;
}

/** What an account may do: what its role may, or a list of its own. */
export function PermissionChoice(props: PermissionChoiceProps) {
  const { data, error, refetch } = usePermissionOverview();
  if (data === undefined)
    return error === null ? <LoadingNote /> : <ErrorNote error={error} onRetry={() => void refetch()} />;
  return <Choice {...props} overview={data} />;
}

interface ChoiceProps extends PermissionChoiceProps {
  readonly overview: PermissionOverview;
}

function Choice({ role, own, onChange, overview }: ChoiceProps) {
  const ofRole = overview.roles[role];
  return (
    <Stack gap="sm">
      <Radio.Group
        label="Permissions"
        value={own === null ? 'role' : 'own'}
        onChange={(value) => {
          // Its own ones begin with what it may by its role.
          onChange(value === 'role' ? null : ofRole);
        }}
      >
        <Stack gap={6} mt={6}>
          <Radio value="role" label={`Those of the role ${role}`} />
          <Radio value="own" label="Its own, whatever the role" />
        </Stack>
      </Radio.Group>
      {own === null ? (
        <OfRole names={ofRole} overview={overview} />
      ) : (
        <OwnPermissions own={own} onChange={onChange} overview={overview} />
      )}
    </Stack>
  );
}

function OfRole({
  names,
  overview,
}: {
  readonly names: readonly Permission[];
  readonly overview: PermissionOverview;
}) {
  return (
    <List size="sm" spacing={4} pl={28}>
      {overview.permissions
        .filter(({ name }) => names.includes(name))
        .map(({ name, description }) => (
          <List.Item key={name}>
            <Code>{name}</Code> {description}
          </List.Item>
        ))}
    </List>
  );
}

function OwnPermissions({
  own,
  onChange,
  overview,
}: Pick<ChoiceProps, 'onChange' | 'overview'> & { readonly own: readonly Permission[] }) {
  return (
    <Checkbox.Group
      label="May"
      value={[...own]}
      onChange={(names) => {
        onChange(overview.permissions.map(({ name }) => name).filter((name) => names.includes(name)));
      }}
      pl={28}
    >
      <Stack gap={6} mt={6}>
        {overview.permissions.map(({ name, description }) => (
          <Checkbox
            key={name}
            value={name}
            label={
              <Text span size="sm">
                <Code>{name}</Code> {description}
              </Text>
            }
          />
        ))}
        {own.length === 0 ? (
          <Text size="sm" c="dimmed">
            Nothing is ticked: it can log in, and do nothing else.
          </Text>
        ) : null}
      </Stack>
    </Checkbox.Group>
  );
}
