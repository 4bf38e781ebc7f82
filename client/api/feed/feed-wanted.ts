/** What is wanted of the feed; what is left out does not narrow it down. */
export interface FeedWanted {
  /** A `seq` in digits, or a time (RFC 3339): first everything behind it. Without it, only what comes. */
  readonly after?: string | undefined;
  readonly user?: string | undefined;
  readonly topic?: string | undefined;
  readonly contains?: string | undefined;
  /** Whether joins and leaves come too. */
  readonly presence?: boolean | undefined;
}
