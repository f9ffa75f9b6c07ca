import { type EventKind, eventsPath, type LiveEvent, parseEvent } from "./event.ts";

/** `off`: nobody listens. `reconnecting`: the connection was lost, and the console polls until it is back. */
export type LiveState = "off" | "connecting" | "live" | "reconnecting";

/** The part of the browser's `EventSource` that is used here. */
export interface Source {
  onopen: ((event: Event) => void) | null;
  onerror: ((event: Event) => void) | null;
  addEventListener(kind: string, listener: (event: MessageEvent<string>) => void): void;
  close(): void;
}

export interface LiveStreamOptions {
  kinds: readonly EventKind[];
  /** `true`: only events of the subscribed keys. `false`: all events of these kinds. */
  keyed: boolean;
  open: (path: string) => Source;
  /** 0 to 1, to spread reconnects. */
  random: () => number;
  /** Called when the stream is back after it was lost: what was missed has to be read again. */
  onResumed: () => void;
}

type Listener = (event: LiveEvent) => void;

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;
const SETTLE_MS = 30;

/**
 * One event-stream connection shared by everything on the page that listens.
 * It follows the set of subscribed keys, and comes back by itself with growing pauses.
 */
export class LiveStream {
  readonly #options: LiveStreamOptions;
  readonly #listeners = new Map<Listener, string | undefined>();
  readonly #watchers = new Set<() => void>();
  #state: LiveState = "off";
  #source: Source | undefined;
  #path = "";
  #failures = 0;
  #paused = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LiveStreamOptions) {
    this.#options = options;
  }

  get state(): LiveState {
    return this.#state;
  }

  /** Listens for events, of one key when the stream is keyed. Returns how to stop. */
  subscribe(listener: Listener, key?: string): () => void {
    this.#listeners.set(listener, key);
    this.#settle();
    return () => {
      this.#listeners.delete(listener);
      this.#settle();
    };
  }

  /** Is told when `state` changes. Returns how to stop. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Lets go of the connection while nobody looks: browsers allow only six of them to one server. */
  pause(): void {
    this.#paused = true;
    this.#close();
    this.#path = "";
  }

  /** Takes the connection up again, and has what was missed read again. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#failures = 0;
    this.#settle();
    this.#options.onResumed();
  }

  /** Waits for a burst of subscriptions to end, then connects for all of them at once. */
  #settle(): void {
    if (this.#failures > 0 && this.#listeners.size > 0) return;
    this.#after(SETTLE_MS, () => this.#follow());
  }

  #follow(): void {
    if (this.#paused) return;
    if (this.#listeners.size === 0) {
      this.#close();
      this.#path = "";
      this.#failures = 0;
      this.#become("off");
      return;
    }
    const path = eventsPath(this.#options.kinds, this.#options.keyed ? this.#keys() : []);
    if (path === this.#path && this.#source) return;
    this.#connect(path);
  }

  #connect(path: string): void {
    this.#close();
    this.#path = path;
    if (this.#state !== "reconnecting") this.#become("connecting");
    const source = this.#options.open(path);
    this.#source = source;
    source.onopen = () => {
      const resumed = this.#failures > 0;
      this.#failures = 0;
      this.#become("live");
      this.#settle();
      if (resumed) this.#options.onResumed();
    };
    source.onerror = () => this.#retry();
    for (const kind of this.#options.kinds) {
      source.addEventListener(kind, message => this.#deliver(parseEvent(kind, message.data)));
    }
  }

  #retry(): void {
    this.#close();
    this.#path = "";
    const pause = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, LONGEST_RETRY_MS);
    this.#failures += 1;
    this.#become("reconnecting");
    this.#after(pause * (0.75 + this.#options.random() / 2), () => this.#follow());
  }

  #deliver(event: LiveEvent | undefined): void {
    if (!event) return;
    for (const [listener, key] of [...this.#listeners]) {
      if (!this.#options.keyed || key === event.key) listener(event);
    }
  }

  #keys(): string[] {
    return [...new Set([...this.#listeners.values()].filter(key => key !== undefined))];
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
  }

  #after(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, ms);
  }

  #become(state: LiveState): void {
    if (this.#state === state) return;
    this.#state = state;
    for (const watcher of this.#watchers) watcher();
  }
}
