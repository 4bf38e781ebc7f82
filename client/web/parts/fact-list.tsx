import { Fragment, type ReactNode } from 'react';
import classes from './fact-list.module.css';

interface FactListProps {
  /** What is told about something, each with its name. */
  readonly facts: readonly (readonly [name: string, value: ReactNode])[];
}

/** What is known about one thing: names, and values beside them. */
export function FactList({ facts }: FactListProps) {
  return (
    <dl className={classes['facts']}>
      {facts.map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
