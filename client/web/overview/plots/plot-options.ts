import type uPlot from 'uplot';
import { filledSteps } from './filled-steps.js';
import { fillOf, type Ink, PAPER, type Scheme } from './inks.js';
import { tickTimes, type Unit } from './plot-words.js';
import type { Values } from './plot-series.js';

/** Something that is drawn. */
export interface PlotLayer {
  readonly key: string;
  readonly ink: Ink;
  readonly values: Values;
}

/** How a plot looks; all of it stays as long as the plot does. */
export interface PlotLook {
  readonly inks: readonly Ink[];
  readonly unit: Unit;
  readonly scheme: Scheme;
  readonly height: number;
  /** Plots with the same name point at the same time. */
  readonly group: string;
  /** Told which step the pointer is at; undefined when it has left. */
  readonly onPointed: (step: number | undefined) => void;
}

const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';
const TIME_TICKS_APART = 72;
const VALUE_AXIS_WIDTH = 60;

/** What uPlot is asked for. */
export function plotOptions(look: PlotLook, width: number): uPlot.Options {
  const { inks, unit, scheme, height, group, onPointed } = look;
  return {
    ...{ width, height, legend: { show: false }, padding: [8, 28, 0, 0] },
    scales: {
      x: { time: true, range: wholeSteps },
      y: { range: (_plot, _lowest, highest) => fromZero(highest, unit.least) },
    },
    axes: axesOf(look),
    series: [
      {},
      ...inks.map((ink) => ({
        ...{ paths: filledSteps, points: { show: false }, width: 1, pxAlign: 0 },
        fill: fillOf(ink, scheme),
        stroke: ink.line[scheme],
      })),
    ],
    cursor: {
      ...{ y: false, points: { show: false }, drag: { x: false, y: false, setScale: false } },
      sync: { key: group },
    },
    hooks: {
      setCursor: [
        ({ cursor }) => {
          onPointed(cursor.idx ?? undefined);
        },
      ],
    },
  };
}

function axesOf({ unit, scheme }: PlotLook): uPlot.Axis[] {
  const { text, rule } = PAPER[scheme];
  const looks = {
    font: FONT,
    stroke: text,
    grid: { stroke: rule, width: 1 },
    ticks: { show: false },
    gap: 6,
  };
  return [
    {
      ...{ ...looks, size: 28, space: TIME_TICKS_APART },
      values: (_plot, splits, _axis, _space, apart) => tickTimes(splits, apart),
    },
    {
      ...{ ...looks, size: VALUE_AXIS_WIDTH, space: 32 },
      ...(unit.increments === undefined ? {} : { incrs: [...unit.increments] }),
      values: (_plot, splits) => splits.map(unit.tick),
    },
  ];
}

function wholeSteps({ data: [times] }: uPlot): uPlot.Range.MinMax {
  const half = ((times[1] ?? 0) - (times[0] ?? 0)) / 2;
  return [(times[0] ?? 0) - half, (times[times.length - 1] ?? 1) + half];
}

function fromZero(highest: number | null, least: number): uPlot.Range.MinMax {
  return [0, highest === null || highest <= 0 ? least : highest * 1.1];
}
