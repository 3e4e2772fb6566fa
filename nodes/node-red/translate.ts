/** A text of a node's catalog, in the runtime's language, with its placeholders filled. */
export type Translate = (key: string, parameters: Record<string, string | number>) => string;
