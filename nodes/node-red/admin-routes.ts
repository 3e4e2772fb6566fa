import type { NodeAPI } from "node-red";
import type { AnyProblem } from "./any-problem.ts";
import { namesVariables } from "./form-values.ts";
import { bugText, problemText } from "./report.ts";

/** The answer to a dialog's button if it fails; `text` is in the runtime's language. */
export interface Refusal {
  readonly ok: false;
  readonly problem: AnyProblem;
  readonly text: string;
}

/** The answer to a button of a dialog: a result, or a problem. */
export type Answer<T> = T | { readonly ok: false; readonly problem: AnyProblem };

/** @param signal the dialog was closed: nobody waits for the answer */
export type Work = (body: unknown, signal: AbortSignal) => Promise<Answer<object & { readonly ok: true }>>;

const mostAtOnce = 4;

/**
 * The routes behind a dialog's buttons, `POST /<type>/<name>`. They take what the form holds, because the node may not
 * be deployed yet, and connect to any host it names, so only users who may edit nodes may use them.
 */
export function adminRoutes(RED: NodeAPI, type: string): (name: string, work: Work) => void {
  let running = 0;
  const mayEdit = RED.auth.needsPermission(`${type}.write`);
  const mayDeploy = RED.auth.needsPermission("flows.write");
  // The environment holds secrets, and what is in a form can be sent anywhere. Users who may deploy could do that
  // anyway.
  const mayResolve: typeof mayDeploy = (req, res, next) =>
    namesVariables(RED, type, req.body) ? mayDeploy(req, res, next) : next();
  return (name, work) => {
    RED.httpAdmin.post(`/${type}/${name}`, mayEdit, mayResolve, (req, res) => {
      const refuse = (status: number, problem: AnyProblem): void => {
        res.status(status).json({ ok: false, problem, text: problemText(RED, problem) } satisfies Refusal);
      };
      // Another website's form can send anything but JSON to a Node-RED without a login.
      if (!req.is("json")) return void res.status(415).end();
      if (running >= mostAtOnce) return refuse(429, { code: "busy" });
      running++;
      const left = new AbortController();
      res.on("close", () => left.abort());
      res.set("Cache-Control", "no-store");
      work(req.body, left.signal)
        .then((answer) => (answer.ok ? void res.json(answer) : refuse(200, answer.problem)))
        .catch((error: unknown) => {
          RED.log.error(bugText(error));
          res.status(500).end();
        })
        .finally(() => running--);
    });
  };
}
