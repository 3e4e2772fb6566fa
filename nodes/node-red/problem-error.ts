/** Why something was not done: `code` is one of the problems of this package, `message` says it in words. */
export interface ProblemError extends Error {
  code: string;
}
