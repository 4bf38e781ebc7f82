import { Alert, Button, Group, Menu, Progress, Stack, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { ExportFormatName } from '../../../formats/export-formats.js';
import { ErrorNote } from '../../parts/error-note.js';
import { saveFile } from '../../parts/copy/save-file.js';
import { numberText } from '../../parts/words.js';
import classes from '../messages-page.module.css';
import type { AskMessages } from '../use-messages.js';
import type { MessageView } from '../window/message-view.js';
import { downloadMessages, type DownloadProgress } from './message-download.js';

/** A download, and what is to be seen of it. */
export interface Download {
  readonly start: (format: ExportFormatName) => void;
  readonly cancel: () => void;
  /** Undefined where none is under way. */
  readonly progress: (DownloadProgress & { readonly upTo: number }) | undefined;
  /** What came of the last one, in words; undefined where there is nothing to say. */
  readonly outcome: string | undefined;
  readonly error: unknown;
  readonly retry: () => void;
}

/** Downloads what fits the filter, up to what is the newest at the beginning. */
export function useDownload(ask: AskMessages, view: MessageView): Download {
  const stop = useRef<AbortController>(undefined);
  const [progress, setProgress] = useState<Download['progress']>();
  useEffect(
    () => () => {
      stop.current?.abort();
    },
    [],
  );
  const downloading = useMutation({
    mutationFn: async (name: ExportFormatName) => {
      const stopping = new AbortController();
      stop.current = stopping;
      let messages = 0;
      const upTo = view.lastSeen() ?? Number.MAX_SAFE_INTEGER - 1;
      setProgress({ messages: 0, seq: 0, upTo });
      // Seldom needed, and not small.
      const { EXPORT_FORMATS } = await import('../../../formats/export-formats.js');
      const content = await downloadMessages({
        ask,
        format: EXPORT_FORMATS[name],
        upTo,
        onProgress: (told) => {
          messages = told.messages;
          setProgress({ ...told, upTo });
        },
        stop: stopping.signal,
      });
      if (content === undefined) return undefined;
      if (messages === 0) return 'There is nothing to download: no message fits.';
      const file = fileName(name, new Date());
      saveFile(content, file);
      return `Saved as ${file}: ${numberText(messages)} ${messages === 1 ? 'message' : 'messages'}.`;
    },
    onSettled: () => {
      setProgress(undefined);
    },
  });
  return {
    start: downloading.mutate,
    cancel: () => {
      stop.current?.abort();
    },
    progress,
    outcome: downloading.data,
    error: downloading.error,
    retry: () => {
      if (downloading.variables !== undefined) downloading.mutate(downloading.variables);
    },
  };
}

// Without what a name of a file may not have.
function fileName(format: ExportFormatName, now: Date): string {
  return `messages-${now.toISOString().slice(0, 19).replaceAll(':', '')}Z.${format}`;
}

/** Asks in which form. */
export function DownloadMenu({ download }: { readonly download: Download }) {
  return (
    <Menu position="bottom-end" withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Button
          variant="default"
          size="xs"
          className={classes['tool'] ?? ''}
          leftSection={<IconDownload size={16} aria-hidden />}
          loading={download.progress !== undefined}
        >
          Download
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          onClick={() => {
            download.start('ndjson');
          }}
        >
          All that fits as NDJSON, a record a line
        </Menu.Item>
        <Menu.Item
          onClick={() => {
            download.start('csv');
          }}
        >
          All that fits as CSV, for a spreadsheet
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Says how far it is, or what went wrong. */
export function DownloadNote({ download }: { readonly download: Download }) {
  const { progress, outcome, error, cancel, retry } = download;
  if (progress === undefined)
    return (
      <>
        <ErrorNote error={error} onRetry={retry} />
        <Text size="sm" c="dimmed" role="status" className={classes['outcome']}>
          {outcome}
        </Text>
      </>
    );
  const { messages, seq, upTo } = progress;
  return (
    <Alert py="xs">
      <Group wrap="nowrap">
        <Stack gap={4} flex={1}>
          <Text size="sm">Downloading: {numberText(messages)} messages so far.</Text>
          <Progress.Root>
            <Progress.Section
              value={upTo === 0 ? 100 : Math.min(100, (100 * seq) / upTo)}
              aria-label="The download"
            />
          </Progress.Root>
        </Stack>
        <Button variant="default" size="xs" onClick={cancel}>
          Cancel
        </Button>
      </Group>
    </Alert>
  );
}
