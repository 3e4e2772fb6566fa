import { isDeepStrictEqual } from "node:util";
import { readUser } from "./current-user.ts";
import type { ConnectionState, Frame, PushReceiver, PushSettings, Session, SessionObserver, User } from "./message.ts";
import type { OctoPrintApi } from "./octoprint-api.ts";
import { PolledSession } from "./polling.ts";
import type { Problem, ProblemCode } from "./problem.ts";
import { PushSocket } from "./push-socket.ts";
import { pushTiming } from "./timing.ts";
import { may, statusForbidden } from "./user.ts";

/** What is in the way of the socket alone: REST works. */
const socketOnly: ReadonlySet<ProblemCode> = new Set([
  "no-websocket",
  "push-silent",
  "session-refused",
  "too-many-logins",
]);

/**
 * What one OctoPrint pushes, for any number of users. It opens with the first user, always reconnects, and closes a
 * while after the last one has left. Where no socket can be had but REST answers, it polls and tries for the socket
 * from time to time. The constructor only assigns.
 *
 * @example
 * const connection = new PushConnection(new OctoPrintApi(settings), { throttle: 1, logs: false, plugins: false });
 * const leave = connection.receive({ state: ({ phase }) => console.log(phase), frame: (frame) => console.log(frame) });
 */
export class PushConnection {
  readonly #api: OctoPrintApi;
  readonly #timing: typeof pushTiming;
  readonly #firstDelay: () => number;
  readonly #users = new Set<PushReceiver>();
  readonly #observers = new Set<PushReceiver>();
  #settings: PushSettings;
  #state: ConnectionState = { phase: "idle" };
  /** The session that delivers. */
  #current: PushSocket | PolledSession | undefined;
  /** The socket that is being opened. */
  #attempt: PushSocket | undefined;
  /** Counts up with each attempt and each end: what answers late belongs to none. */
  #turn = 0;
  #failures = 0;
  #socketFailures = 0;
  #next: NodeJS.Timeout | undefined;
  #goodTimer: NodeJS.Timeout | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #closed = false;

  /** @param firstDelay how long to wait before the first attempt, ms */
  constructor(
    api: OctoPrintApi,
    settings: PushSettings,
    times: Partial<typeof pushTiming> = {},
    firstDelay = (): number => 0,
  ) {
    this.#api = api;
    this.#settings = settings;
    this.#firstDelay = firstDelay;
    this.#timing = { ...pushTiming, ...times };
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Becomes a user. Returns a function that removes it. */
  receive(receiver: PushReceiver): () => void {
    clearTimeout(this.#idleTimer);
    if (this.#state.phase === "idle" && !this.#closed) this.#open();
    this.#users.add(receiver);
    receiver.state(this.#state);
    return () => {
      if (this.#users.delete(receiver)) this.#closeWhenIdle();
    };
  }

  /** Is told the same without being a user. Returns a function that stops this. */
  observe(receiver: PushReceiver): () => void {
    this.#observers.add(receiver);
    receiver.state(this.#state);
    return () => void this.#observers.delete(receiver);
  }

  /** Wants something else to be pushed from now on. */
  subscribe(settings: PushSettings): void {
    this.#settings = settings;
    for (const session of [this.#current, this.#attempt]) {
      if (session instanceof PushSocket) session.subscribe(settings);
    }
  }

  /** Ends for good. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#idleTimer);
    this.#leave();
    this.#setState({ phase: "idle" });
  }

  #closeWhenIdle(): void {
    clearTimeout(this.#idleTimer);
    if (this.#users.size > 0 || this.#closed || this.#state.phase === "idle") return;
    this.#idleTimer = setTimeout(() => {
      this.#leave();
      this.#setState({ phase: "idle" });
    }, this.#timing.idle);
  }

  #open(): void {
    this.#failures = 0;
    this.#socketFailures = 0;
    this.#setState({ phase: "connecting" });
    const delay = this.#firstDelay();
    if (delay > 0) this.#next = setTimeout(() => void this.#connect(), delay).unref();
    else void this.#connect();
  }

  #leave(): void {
    this.#turn++;
    clearTimeout(this.#next);
    clearTimeout(this.#goodTimer);
    this.#attempt?.close();
    this.#current?.close();
    this.#attempt = undefined;
    this.#current = undefined;
  }

  /**
   * Asks who we are, which costs OctoPrint least, then opens the socket. A session that is polled goes on meanwhile.
   */
  async #connect(): Promise<void> {
    const turn = ++this.#turn;
    const answer = await readUser(this.#api);
    if (turn !== this.#turn) return;
    if (!answer.ok) return this.#failed(answer.problem);
    const user = answer.body;
    if (!may(user, "STATUS")) return this.#failed(statusForbidden(user).problem);
    const socket = new PushSocket(this.#api, user, this.#settings, this.#observerOf(turn, user), this.#timing);
    this.#attempt = socket;
    socket.open();
  }

  #observerOf(turn: number, user: User): SessionObserver {
    return {
      opened: (session) => {
        if (turn !== this.#turn) return;
        this.#current?.close();
        this.#current = this.#attempt;
        this.#attempt = undefined;
        this.#connected(session);
      },
      frame: (frame) => this.#deliver(frame),
      ended: (problem) => {
        if (turn !== this.#turn) return;
        this.#attempt = undefined;
        if (socketOnly.has(problem.code)) return this.#withoutSocket(user, problem);
        this.#failed(problem);
      },
    };
  }

  #connected(session: Session, problem?: Problem): void {
    clearTimeout(this.#goodTimer);
    // Not at once: OctoPrint may accept us and then fall over, again and again.
    this.#goodTimer = setTimeout(() => {
      this.#failures = 0;
      if (!session.polled) this.#socketFailures = 0;
    }, this.#timing.good).unref();
    this.#setState({ phase: "connected", session, ...(problem === undefined ? {} : { problem }) });
  }

  /** Polls, if that does not go on already, and tries for the socket later. */
  #withoutSocket(user: User, problem: Problem): void {
    const turn = this.#turn;
    const pauses = problem.code === "too-many-logins" ? this.#timing.locked : this.#timing.pollRetry;
    const pause = nth(pauses, this.#socketFailures++);
    if (!(this.#current instanceof PolledSession)) {
      this.#current?.close();
      const polled = new PolledSession(
        this.#api,
        user,
        {
          opened: (session) => this.#connected(session, problem),
          frame: (frame) => this.#deliver(frame),
          ended: (end) => {
            if (this.#current === polled) this.#failed(end);
          },
        },
        this.#timing,
      );
      this.#current = polled;
      polled.open();
    }
    if (turn === this.#turn) this.#again(pause);
  }

  #failed(problem: Problem): void {
    this.#leave();
    this.#setState({ phase: "disconnected", problem });
    this.#again(this.#pauseAfter(problem));
  }

  #pauseAfter({ code }: Problem): number {
    const { starting, locked, retry } = this.#timing;
    const failures = this.#failures++;
    if (code === "octoprint-starting") return starting;
    return code === "too-many-requests" ? nth(locked, failures) : nth(retry, failures);
  }

  /** Half or one and a half: many servers that come back at once are not asked at once. */
  #again(pause: number): void {
    clearTimeout(this.#next);
    // Whoever was just told of the end may have closed it.
    if (this.#closed) return;
    this.#next = setTimeout(() => void this.#connect(), pause * (0.5 + Math.random())).unref();
  }

  #deliver(frame: Frame): void {
    for (const receiver of [...this.#users, ...this.#observers]) receiver.frame(frame);
  }

  #setState(state: ConnectionState): void {
    // Another attempt that failed like the one before is no news.
    if (isDeepStrictEqual(state, this.#state)) return;
    this.#state = state;
    for (const receiver of [...this.#users, ...this.#observers]) receiver.state(state);
  }
}

/** The last pause repeats. */
function nth(pauses: readonly number[], index: number): number {
  return pauses[Math.min(index, pauses.length - 1)] ?? 0;
}
