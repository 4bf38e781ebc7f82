import type uPlot from 'uplot';

/**
 * Draws each step from its begin to its end, filled, with a line on top. Edges are on whole pixels: however narrow the steps are, there is
 * no seam between two. What is more than nothing is a pixel high. The times are those of the steps' middles.
 */
export const filledSteps: uPlot.Series.PathBuilder = (plot, seriesIndex, from, to) => {
  const [times] = plot.data;
  const values = plot.data[seriesIndex] ?? [];
  const half = ((times[1] ?? 0) - (times[0] ?? 0)) / 2;
  const floor = Math.round(plot.valToPos(0, 'y', true));
  const edge = (time: number): number => Math.round(plot.valToPos(time, 'x', true));
  const fill = new Path2D();
  const stroke = new Path2D();
  const inset = window.devicePixelRatio / 2;
  for (let at = from; at <= to; at += 1) {
    const value = values[at] ?? 0;
    if (value <= 0) continue;
    const left = edge((times[at] ?? 0) - half);
    const right = Math.max(left + 1, edge((times[at] ?? 0) + half));
    const top = Math.min(floor - 1, Math.round(plot.valToPos(value, 'y', true)));
    fill.rect(left, top, right - left, floor - top);
    stroke.moveTo(left, top + inset);
    stroke.lineTo(right, top + inset);
  }
  return { fill, stroke };
};
