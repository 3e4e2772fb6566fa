/**
 * The part of Node-RED's editor that the dialogs use. `@types/node-red__editor-client` is not used: it lacks
 * `autoComplete`, validators with messages and config nodes that may be missing, and brings Node's globals into the browser.
 */
interface EditorNode {
  readonly id: string;
  readonly type: string;
  [property: string]: unknown;
}

interface EditorTabs {
  addTab(tab: { readonly id: string; readonly label: string }): void;
  resize(): void;
}

declare const RED: {
  /** The text of `<module>/<set>:<key>`; the key itself where there is none. */
  _(key: string, parameters?: Record<string, string | number>): string;
  readonly nodes: {
    node(id: string): EditorNode | null | undefined;
    eachConfig(visit: (node: EditorNode) => void): void;
  };
  readonly utils: { getNodeLabel(node: EditorNode): string };
  readonly user: { hasPermission(permission: string): boolean };
  readonly settings: { readonly context?: { readonly stores: readonly string[] } };
  readonly plugins: {
    registerPlugin(
      id: string,
      plugin: {
        readonly type: "node-red-mqtt-topic-autocomplete-source";
        readonly getCompletions: (typed: string, context: { readonly node?: EditorNode }) => readonly string[];
      },
    ): void;
  };
  readonly tabs: {
    create(options: { readonly id: string; readonly onchange: (tab: { readonly id: string }) => void }): EditorTabs;
  };
  readonly validators: {
    typedInput(typeProperty: string): (this: EditorNode, value: unknown, options: object) => boolean | string;
  };
};

interface EditorTypedInputType {
  readonly value: string;
  readonly label: string;
  readonly icon?: string;
  readonly autoComplete?: (value: string) => readonly EditorCompletion[];
  /** What to choose from; `""` stands for nothing. */
  readonly options?: readonly EditorCompletion[];
}

interface EditorCompletion {
  readonly value: string;
  readonly label: string;
}

interface EditorListOptions<T> {
  readonly addItem: (row: JQuery, index: number, item: T) => void;
  readonly removeItem?: (item: T) => void;
  readonly sortItems?: () => void;
  readonly addButton?: string | boolean;
  readonly removable?: boolean;
  readonly sortable?: boolean;
  readonly height?: number | "auto";
}

interface JQuery {
  autoComplete(options: {
    readonly search: (value: string) => readonly EditorCompletion[];
    readonly minLength?: number;
  }): this;
  editableList<T>(options: EditorListOptions<T>): this;
  editableList(action: "addItem", item: object): void;
  editableList(action: "empty"): void;
  editableList(action: "items"): JQuery;
  typedInput(options: {
    readonly types: readonly (string | EditorTypedInputType)[];
    readonly typeField?: string;
    readonly default?: string;
  }): this;
  typedInput(action: "value" | "type"): string;
  typedInput(action: "value" | "type", value: string): void;
}

interface Window {
  /** What each node's `editor.ts` offers to the definition in its html. */
  OctoPrintMqtt?: Record<string, object>;
}
