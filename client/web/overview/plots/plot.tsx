import './known-language.js';
import 'uplot/dist/uPlot.min.css';
import { useLayoutEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import { plotOptions, type PlotLayer, type PlotLook } from './plot-options.js';
import type { Steps } from './plot-series.js';
import classes from './plot.module.css';

interface PlotProps {
  /** As it was when the plot was first there; for another one give it another `key`. */
  readonly look: PlotLook;
  readonly steps: Steps;
  /** One for each ink, in the order in which they are drawn: the last is in front. */
  readonly layers: readonly PlotLayer[];
}

/** Numbers over time, drawn on a canvas that is as wide as there is room. */
export function Plot({ look, steps, layers }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot>(null);
  const [firstLook] = useState(look);
  useLayoutEffect(() => {
    const around = place.current;
    if (around === null) return undefined;
    const plot = new uPlot(plotOptions(firstLook, around.clientWidth), undefined, around);
    drawn.current = plot;
    const watch = new ResizeObserver(() => {
      if (around.clientWidth !== plot.width)
        plot.setSize({ width: around.clientWidth, height: firstLook.height });
    });
    watch.observe(around);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [firstLook]);
  useLayoutEffect(() => {
    drawn.current?.setData(dataOf(steps, layers));
  }, [steps, layers]);
  return <div ref={place} className={classes['place']} style={{ height: look.height }} />;
}

function dataOf({ times, step }: Steps, layers: readonly PlotLayer[]): uPlot.AlignedData {
  return [times.map((time) => time + step / 2), ...layers.map(({ values }) => [...values])];
}
