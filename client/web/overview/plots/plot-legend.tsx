import { backgroundOf, type Ink, type Scheme } from './inks.js';
import type { PlotSeries } from './plot-series.js';
import { clockText, type PlotTelling, valueText } from './plot-words.js';
import classes from './plot.module.css';

interface PlotLegendProps {
  readonly telling: PlotTelling;
  readonly inks: ReadonlyMap<string, Ink>;
  readonly scheme: Scheme;
  /** Which step's numbers are shown; undefined: those of the last. */
  readonly pointed: number | undefined;
}

/** What is drawn in which colour, and its number where the pointer is. */
export function PlotLegend({ telling, inks, scheme, pointed }: PlotLegendProps) {
  const { steps, unit, headline, parts, title } = telling;
  const numberOf = ({ values }: PlotSeries): string => {
    const value = pointed === undefined ? values.at(-1) : values[pointed];
    return valueText(value, unit);
  };
  return (
    <ul className={classes['legend']} aria-label={`${title}: what is drawn`}>
      <li>{pointed === undefined ? 'Latest' : clockText(steps.times[pointed] ?? 0, steps.step)}</li>
      {[...headline, ...parts].map((series) => (
        <li key={series.key}>
          <Swatch ink={inks.get(series.key)} scheme={scheme} />
          <bdi className={classes['name']} title={series.label}>
            {series.label}
          </bdi>
          <span className={classes['value']}>{numberOf(series)}</span>
        </li>
      ))}
    </ul>
  );
}

function Swatch({ ink, scheme }: { readonly ink: Ink | undefined; readonly scheme: Scheme }) {
  if (ink === undefined) return null;
  return (
    <span
      className={classes['swatch']}
      style={{ background: backgroundOf(ink, scheme), borderColor: ink.line[scheme] }}
    />
  );
}
