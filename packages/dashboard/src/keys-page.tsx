/** The key browser: search by prefix, look, change, delete. What is stored is shown, never run. */

import { useCallback, useEffect, useState } from "preact/hooks";
import { Refusal } from "./api.js";
import type { PageProps } from "./app.js";
import { KeyEditor } from "./key-editor.js";
import type { ListedKey } from "./wire.js";

interface Listing {
  readonly items: readonly ListedKey[];
  readonly cursor: string | null;
  readonly problem: string | null;
  readonly isLoading: boolean;
}

const NOTHING: Listing = { items: [], cursor: null, problem: null, isLoading: true };
const TYPING_MS = 200;

export function KeysPage({ api, canWrite }: PageProps) {
  const [prefix, setPrefix] = useState("");
  const { listing, reload, more } = useListing(api, prefix);
  const [chosen, setChosen] = useState<string | null>(null);
  const [isNew, setIsNew] = useState(false);
  const open = (key: string | null) => {
    setIsNew(key === null);
    setChosen(key);
  };
  return (
    <div class="keys-page">
      <section class="card key-list" aria-label="Keys">
        <div class="row">
          <PrefixInput prefix={prefix} onType={setPrefix} />
          <button type="button" disabled={!canWrite} onClick={() => open(null)}>
            New key
          </button>
        </div>
        <KeyList listing={listing} chosen={chosen} onChoose={open} />
        {listing.cursor !== null && (
          <button type="button" class="quiet" onClick={more}>
            More keys
          </button>
        )}
      </section>
      <section class="card key-detail" aria-label="Value">
        {chosen === null && !isNew ? (
          <p class="hint">Choose a key, or create one. Values are shown as they are, never run.</p>
        ) : (
          <KeyEditor
            key={chosen ?? ""}
            name={chosen}
            api={api}
            canWrite={canWrite}
            onStored={reload}
            onDeleted={reload}
          />
        )}
      </section>
    </div>
  );
}

/** The keys under `prefix`, page by page; asked for once nobody types any more. */
function useListing(api: PageProps["api"], prefix: string) {
  const [listing, setListing] = useState(NOTHING);
  const load = useCallback(
    async (from: Listing) => {
      try {
        const page = await api.keys(prefix, from.cursor);
        const items = [...from.items, ...page.items];
        setListing({ items, cursor: page.cursor, problem: null, isLoading: false });
      } catch (thrown) {
        const problem = thrown instanceof Refusal ? thrown.message : "That did not work.";
        setListing({ ...from, problem, isLoading: false });
      }
    },
    [api, prefix],
  );
  const reload = useCallback(() => void load(NOTHING), [load]);
  useEffect(() => {
    const timer = setTimeout(reload, TYPING_MS);
    return () => clearTimeout(timer);
  }, [reload]);
  return { listing, reload, more: () => void load(listing) };
}

interface PrefixInputProps {
  readonly prefix: string;
  readonly onType: (prefix: string) => void;
}

function PrefixInput({ prefix, onType }: PrefixInputProps) {
  return (
    <div class="grow">
      <label for="prefix">Keys that begin with</label>
      <input
        id="prefix"
        type="search"
        value={prefix}
        placeholder="all keys"
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => onType(event.currentTarget.value)}
      />
    </div>
  );
}

interface KeyListProps {
  readonly listing: Listing;
  readonly chosen: string | null;
  readonly onChoose: (key: string) => void;
}

function KeyList({ listing, chosen, onChoose }: KeyListProps) {
  const { items, problem, isLoading } = listing;
  return (
    <div class="list" aria-live="polite">
      {problem !== null && <p class="problem">{problem}</p>}
      {problem === null && !isLoading && items.length === 0 && <p class="hint">No such key.</p>}
      <ul>
        {items.map(({ key }) => (
          <li key={key}>
            <button
              type="button"
              class="key"
              aria-current={key === chosen ? "true" : undefined}
              onClick={() => onChoose(key)}
            >
              {key}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
