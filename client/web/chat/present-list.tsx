import { Popover, Stack, Text, UnstyledButton } from '@mantine/core';
import type { FeedDoor } from '../../../protocol/feed.js';
import type { PresentUser } from '../../chat/present-users.js';
import { useStore } from '../app/console-context.js';
import { TimeText } from '../parts/text/time-text.js';
import { numberText } from '../parts/words.js';
import { useChat } from './chat-context.js';
import classes from './present-list.module.css';

const MOST_SHOWN = 200;

const DOORS: Readonly<Record<FeedDoor, string>> = {
  sse: 'event stream',
  websocket: 'WebSocket',
  chat: 'chat over TCP',
};

/** Who is there, each once. */
export function PresentList() {
  const { log, feed } = useChat();
  const users = useStore(log.present);
  const isKnown = useStore(feed).kind === 'live';
  const more = users.length - MOST_SHOWN;
  return (
    <section aria-labelledby="who-is-here" className={classes['place']} data-is-known={isKnown}>
      <Text id="who-is-here" component="h2" size="sm" fw={600}>
        Here{isKnown ? `: ${numberText(users.length)}` : ''}
      </Text>
      {isKnown ? (
        <ul className={classes['users']}>
          {users.slice(0, MOST_SHOWN).map((user) => (
            <li key={user.name}>
              <PresentOne user={user} />
            </li>
          ))}
          {more > 0 ? <li>and {numberText(more)} more</li> : null}
        </ul>
      ) : (
        <Text size="sm" c="dimmed">
          Not known while not connected.
        </Text>
      )}
    </section>
  );
}

function PresentOne({ user: { name, connections } }: { readonly user: PresentUser }) {
  const count = connections.length;
  return (
    <Popover withArrow shadow="md" position="bottom-end" trapFocus returnFocus>
      <Popover.Target>
        <UnstyledButton className={classes['user']}>
          <bdi className={classes['name']}>{name}</bdi>
          {count === 1 ? null : <span className={classes['count']}>{numberText(count)} connections</span>}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap={4} className={classes['connections']} tabIndex={0} role="group" aria-label="Connections">
          {connections.slice(0, MOST_SHOWN).map(({ id, endpoint, door, since }) => (
            <Text key={id} size="sm">
              from {endpoint} by {DOORS[door]} since <TimeText time={since} />
            </Text>
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
