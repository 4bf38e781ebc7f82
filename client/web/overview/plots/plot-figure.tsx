import { Button, Group, Paper, Text, useComputedColorScheme } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useId, useState } from 'react';
import type { PlotLayer } from './plot-options.js';
import { Plot } from './plot.js';
import { PlotLegend } from './plot-legend.js';
import { PlotTable } from './plot-table.js';
import { type PlotTelling, summaryOf } from './plot-words.js';
import classes from './plot.module.css';

const HEIGHT = 220;
const GROUP = 'overview';

interface PlotFigureProps {
  readonly telling: PlotTelling;
  /** The last is in front. */
  readonly layers: readonly PlotLayer[];
  /** What is said where all is nought. */
  readonly nothing: string;
}

/** A plot with its title and its legend; as sentences and as a table for whoever does not see it. */
export function PlotFigure({ telling, layers, nothing }: PlotFigureProps) {
  const { title, steps, unit } = telling;
  const [pointed, setPointed] = useState<number>();
  const [isTable, { toggle }] = useDisclosure();
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const [titleId, tableId] = [useId(), useId()];
  const inks = new Map(layers.map(({ key, ink }) => [key, ink]));
  const look = { inks: layers.map(({ ink }) => ink), unit, scheme, height: HEIGHT, group: GROUP };
  const lookKey = JSON.stringify([scheme, layers.map(({ key, ink }) => [key, ink])]);
  const isNothing = !layers.some(({ values }) => values.some((value) => value !== null && value > 0));
  return (
    <Paper component="figure" withBorder p="sm" className={classes['figure']} aria-labelledby={titleId}>
      <Group
        component="figcaption"
        justify="space-between"
        mb={4}
        wrap="nowrap"
        align="start"
        className={classes['head']}
      >
        <Text id={titleId} fw={600}>
          {title}
        </Text>
        <Button
          {...{ variant: 'default', size: 'compact-xs', onClick: toggle }}
          aria-expanded={isTable}
          aria-controls={tableId}
          aria-label={`${isTable ? 'Hide the table' : 'Show as table'}: ${title}`}
        >
          {isTable ? 'Hide the table' : 'Show as table'}
        </Button>
      </Group>
      <div className={classes['drawing']}>
        <div role="img" aria-label={summaryOf(telling)}>
          <Plot key={lookKey} look={{ ...look, onPointed: setPointed }} steps={steps} layers={layers} />
        </div>
        {isNothing ? (
          <Text className={classes['nothing']} c="dimmed" size="sm">
            {nothing}
          </Text>
        ) : null}
      </div>
      <PlotLegend {...{ telling, inks, scheme, pointed }} />
      {isTable ? <PlotTable id={tableId} telling={telling} /> : null}
    </Paper>
  );
}
