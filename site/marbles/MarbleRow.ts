/** One line of a ```` ```marble ```` block. */
export interface MarbleRow {
  readonly label: string;
  /** How many frames after the first column the string begins: a cold source that is subscribed to later. */
  readonly startsAt: number;
  /** As a `TestScheduler` takes it. */
  readonly marbles: string;
  /** What a letter stands for: `{ s: 'start' }`. */
  readonly legend: Readonly<Record<string, string>>;
  /** What else the line says. */
  readonly remarks: readonly string[];
}
