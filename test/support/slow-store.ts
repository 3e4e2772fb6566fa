import { cleanup, type Scope } from "./cleanup.ts";
import { fromNodeRed } from "./node-red.ts";

type Callback = (error: Error | null, ...values: unknown[]) => void;

interface Contexts {
  init(settings: object): void;
  load(): Promise<unknown>;
}

/** An asynchronous context store that answers when it is told to. */
export interface SlowStore {
  /** How many questions wait for their answer. */
  readonly waiting: number;
  /** Answers one of the waiting questions, by default the oldest; without a value it fails. */
  answer(value?: unknown, which?: number): void;
}

const contexts: Contexts = fromNodeRed("@node-red/runtime/lib/nodes/context");

/** Adds it as the context store `slow`, beside the usual one; for use after `loadFlow`. */
export async function addSlowStore(scope: Scope): Promise<SlowStore> {
  const questions: Callback[] = [];
  const plugin = () => ({
    open: () => Promise.resolve(),
    close: () => Promise.resolve(),
    get: (_scope: string, _key: string | string[], callback: Callback) => void questions.push(callback),
    set: (_scope: string, _key: string | string[], _value: unknown, callback?: Callback) => callback?.(null),
    keys: (_scope: string, callback: Callback) => callback(null, []),
    delete: () => Promise.resolve(),
    clean: () => Promise.resolve(),
  });
  contexts.init({ contextStorage: { default: { module: "memory" }, slow: { module: plugin } } });
  await contexts.load();
  cleanup(scope, () => contexts.init({}));
  return {
    get waiting() {
      return questions.length;
    },
    answer(value, which = 0) {
      const [question] = questions.splice(which, 1);
      if (question === undefined) throw new Error("nobody has asked");
      if (value === undefined) question(new Error("the store is out of order"));
      else question(null, value);
    },
  };
}
