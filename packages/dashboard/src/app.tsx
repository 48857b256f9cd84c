/** The frame: where one is, how things are, and which node says so. */

import { useEffect, useState } from "preact/hooks";
import type { Api, Refusal } from "./api.js";
import type { Credential } from "./credential.js";
import { DrillsPage } from "./drills-page.js";
import { KeysPage } from "./keys-page.js";
import type { PageState } from "./page-state.js";
import { RingPage } from "./ring-page.js";
import { type Store, useStore } from "./store.js";
import { TasksPage } from "./tasks-page.js";
import { TokenAsk } from "./token-ask.js";
import { type Verdict, verdictOf } from "./verdict.js";

const PLACES = [
  { path: "/", name: "Ring" },
  { path: "/app/keys", name: "Keys" },
  { path: "/app/tasks", name: "Tasks" },
  { path: "/app/drills", name: "Drills" },
] as const;

const FIGURES = ["status", "metrics", "verify"] as const;

export interface PageProps {
  readonly state: PageState;
  readonly api: Api;
  /** Writing goes to home only. */
  readonly canWrite: boolean;
}

export interface AppProps {
  readonly store: Store;
  readonly api: Api;
  readonly credential: Credential;
  readonly onToken: (token: string) => void;
}

export function App({ store, api, credential, onToken }: AppProps) {
  const state = useStore(store);
  const [path, go] = usePath();
  const canWrite = state.base === "" && state.isConnected;
  const props: PageProps = { state, api, canWrite };
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header class="top">
        <a class="brand" href="/" onClick={go}>
          <img src="/assets/icon.svg" alt="" width="26" height="26" />
          ringkv
        </a>
        <nav aria-label="Pages">
          {PLACES.map(({ path: to, name }) => (
            <a key={to} href={to} onClick={go} aria-current={to === path ? "page" : undefined}>
              {name}
            </a>
          ))}
        </nav>
        <Source state={state} />
      </header>
      <Notice state={state} onDismiss={() => store.hear({ kind: "dismissed" })} />
      <VerdictBar state={state} isLarge={path === "/"} />
      <main id="main" tabIndex={-1}>
        {state.lock === null ? (
          <Place path={path} {...props} />
        ) : (
          <TokenAsk lock={state.lock} onToken={onToken} />
        )}
      </main>
      <footer>
        ringkv {state.overview?.version}
        {/* A browser sends no token with a page: there these would be refused. */}
        {!credential.isSet &&
          FIGURES.map((name) => (
            <>
              {" · "}
              <a key={name} href={`/${name}`}>
                {name}
              </a>
            </>
          ))}
        {" · "}
        <a href="/queues" onClick={credential.isSet ? boardOpener(api, store) : undefined}>
          jobs
        </a>
        {" · "}
        <a href="/docs">docs</a>
      </footer>
    </>
  );
}

function Place({ path, ...props }: PageProps & { readonly path: string }) {
  return (
    <>
      {path === "/" && <RingPage {...props} />}
      {path === "/app/keys" && <KeysPage {...props} />}
      {path === "/app/tasks" && <TasksPage {...props} />}
      {path === "/app/drills" && <DrillsPage {...props} />}
    </>
  );
}

/** In a window of its own: leaving this page would forget the token. */
function boardOpener(api: Api, store: Store) {
  return async (event: MouseEvent) => {
    event.preventDefault();
    // Opened before anything is waited for, or the browser takes it for an unwanted one.
    const board = open("", "_blank");
    try {
      await api.openBoard();
      if (board !== null) board.location.href = "/queues";
    } catch (thrown) {
      board?.close();
      store.hear({ kind: "told", notice: (thrown as Refusal).message });
    }
  };
}

function Source({ state }: { readonly state: PageState }) {
  const { overview, isConnected } = state;
  const text = !isConnected ? "asking …" : `as ${overview?.node ?? "…"} sees it`;
  return (
    <p class="source" data-connected={isConnected}>
      <span class="dot" aria-hidden="true" />
      {text}
    </p>
  );
}

interface NoticeProps {
  readonly state: PageState;
  readonly onDismiss: () => void;
}

function Notice({ state, onDismiss }: NoticeProps) {
  const { notice, base, overview } = state;
  if (notice === null) return null;
  return (
    <div class="notice" role="status" data-elsewhere={base !== ""}>
      <p>
        {notice}{" "}
        {base !== "" && (
          <>
            To write, open <a href={base + location.pathname}>{overview?.node}'s own page</a>; this
            one goes back by itself.
          </>
        )}
      </p>
      {base === "" && (
        <button type="button" class="quiet" onClick={onDismiss}>
          OK
        </button>
      )}
    </div>
  );
}

const ASKING: Verdict = { level: "warn", sentence: "Asking the nodes …", detail: " " };
const LOCKED: Verdict = {
  level: "warn",
  sentence: "This cluster wants a token.",
  detail: "Nothing is shown without one.",
};
const NOBODY: Verdict = {
  level: "bad",
  sentence: "No node answers.",
  detail: "Asking all of them again and again; what you see is what was known last.",
};

function VerdictBar({ state, isLarge }: { readonly state: PageState; readonly isLarge: boolean }) {
  const { overview, looks, isConnected, lock } = state;
  const isLost = useLasting(!isConnected && lock === null, 2_000);
  const seen = overview === null ? ASKING : verdictOf(overview, looks);
  const { level, sentence, detail } = lock !== null ? LOCKED : isLost ? NOBODY : seen;
  return (
    <section
      class="verdict"
      data-level={level}
      data-large={isLarge}
      aria-label="State of the cluster"
    >
      <span class="lamp" aria-hidden="true" />
      <div aria-live="polite">
        <h1>{sentence}</h1>
        <p>{detail}</p>
      </div>
    </section>
  );
}

/** True once `is` has been true for so long. */
function useLasting(is: boolean, ms: number): boolean {
  const [lasts, setLasts] = useState(false);
  useEffect(() => {
    if (!is) {
      setLasts(false);
      return;
    }
    const timer = setTimeout(() => setLasts(true), ms);
    return () => clearTimeout(timer);
  }, [is, ms]);
  return lasts;
}

function usePath(): readonly [string, (event: MouseEvent) => void] {
  const [path, setPath] = useState(location.pathname);
  useEffect(() => {
    const follow = () => setPath(location.pathname);
    addEventListener("popstate", follow);
    return () => removeEventListener("popstate", follow);
  }, []);
  const go = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const { pathname } = event.currentTarget as HTMLAnchorElement;
    history.pushState(null, "", pathname);
    setPath(pathname);
    document.getElementById("main")?.focus({ preventScroll: true });
  };
  return [path, go];
}
