import type { Node } from "node-red";

/** How long a context store may take, ms: it may be somewhere on the network, or never answer at all. */
export const patience = 2_000;

/** A context store has not answered in time. */
export class SilentStore extends Error {}

/**
 * Reads a key of the node's own context. Rejects with the store's error, or `SilentStore`.
 *
 * @param late gets an answer that comes after that
 */
export function readContext(
  node: Node,
  { key, store }: { readonly key: string; readonly store: string },
  late: (value: unknown) => void = () => undefined,
): Promise<unknown> {
  return within((resolve, reject) => {
    node.context().get(key, store, (error: unknown, value: unknown) => {
      if (error) reject(error);
      else if (!resolve(value)) late(value);
    });
  });
}

/** Writes a key of the node's own context, or deletes it: `undefined`. Rejects as `readContext` does. */
export async function writeContext(
  node: Node,
  { key, store }: { readonly key: string; readonly store: string },
  value: unknown,
): Promise<void> {
  await within((resolve, reject) => {
    node.context().set(key, value, store, (error: unknown) => {
      if (error) reject(error);
      else resolve(undefined);
    });
  });
}

/** `resolve` is false where it comes too late. */
function within(
  work: (resolve: (value: unknown) => boolean, reject: (error: unknown) => void) => void,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let open = true;
    const end = (settle: () => void): boolean => {
      if (!open) return false;
      open = false;
      clearTimeout(timer);
      settle();
      return true;
    };
    const timer = setTimeout(() => end(() => reject(new SilentStore())), patience);
    work(
      (value) => end(() => resolve(value)),
      (error) => end(() => reject(error)),
    );
  });
}
