/** What was done, a row per thing and a column per way, each with the seconds that it took. */
export class Timetable {
  readonly #rows: Record<string, Record<string, string>> = {};
  readonly #failures: string[] = [];

  /** Does something and notes how long it took; says whether it went well, and tells at once if not. */
  async timed(row: string, column: string, work: () => Promise<void>): Promise<boolean> {
    const startMs = performance.now();
    const seconds = (): string => `${((performance.now() - startMs) / 1000).toFixed(1)} s`;
    const cells = (this.#rows[row] ??= {});
    try {
      await work();
      cells[column] = seconds();
      console.log(`${row}: ${column} ${cells[column]}`);
      return true;
    } catch (error) {
      cells[column] = 'FAILED';
      const reason = error instanceof Error ? error.message : String(error);
      const failure = `${row}: ${column} failed after ${seconds()}\n${reason}`;
      this.#failures.push(failure);
      console.error(`\n${failure}\n`);
      return false;
    }
  }

  /** Prints the table, and makes the process fail if anything did, or if nothing was done. */
  finish(): void {
    console.table(this.#rows);
    const isEmpty = Object.keys(this.#rows).length === 0;
    if (!isEmpty && this.#failures.length === 0) return;
    console.error(isEmpty ? 'Nothing to do' : `${this.#failures.length} failed; their output is above`);
    process.exitCode = 1;
  }
}
