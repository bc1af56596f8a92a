/** What the suite tells the harness across the process boundary, as JSON in a file. */
export interface Report {
  passed: number;
  failed: number;
  skipped: number;
  /** One or more for each test, to print. */
  lines: string[];
  /** All tests have run. */
  end: boolean;
}
