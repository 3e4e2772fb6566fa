/** A problem of `nodes/mqtt`, `nodes/server` or `nodes/octoprint`: its code and the parameters of its text. */
export interface AnyProblem {
  readonly code: string;
  readonly [parameter: string]: string | number;
}
