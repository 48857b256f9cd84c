/** One key: its value in three forms, an editor, deletion after a second word, and receipts. */

import { useEffect, useState } from "preact/hooks";
import { type Api, Refusal, type StoredValue } from "./api.js";
import { onSubmit } from "./form-fields.js";
import { keyProblem } from "./key-path.js";
import { Scrolling } from "./scrolling.js";
import { bestForm, shownAs, textOf, type ValueForm } from "./value-view.js";
import type { Receipt } from "./wire.js";
import { listed } from "./words.js";

interface KeyEditorProps {
  /** Null: a new key. */
  readonly name: string | null;
  readonly api: Api;
  readonly canWrite: boolean;
  readonly onStored: () => void;
  readonly onDeleted: () => void;
}

type Told =
  | { readonly kind: "receipt"; readonly what: string; readonly receipt: Receipt }
  | { readonly kind: "problem"; readonly text: string };

export function KeyEditor({ name: given, api, canWrite, onStored, onDeleted }: KeyEditorProps) {
  const [stored, setStored] = useState<StoredValue | null | undefined>(undefined);
  // A new key gets its name with the first write.
  const [name, setName] = useState(given);
  const [isEditing, setIsEditing] = useState(given === null);
  const [told, setTold] = useState<Told | null>(null);
  useEffect(() => {
    if (given === null) return;
    let isWanted = true;
    api.value(given).then(
      (value) => isWanted && setStored(value),
      (thrown: unknown) => isWanted && setTold({ kind: "problem", text: wordsOf(thrown) }),
    );
    return () => {
      isWanted = false;
    };
  }, [api, given]);

  const save = async (key: string, write: Parameters<Api["put"]>[1]) => {
    try {
      const receipt = await api.put(key, write);
      setTold({ kind: "receipt", what: receipt.created === true ? "Created" : "Stored", receipt });
      setName(key);
      setIsEditing(false);
      setStored(await api.value(key));
      onStored();
    } catch (thrown) {
      setTold({ kind: "problem", text: wordsOf(thrown) });
    }
  };
  const remove = async (key: string) => {
    try {
      setTold({ kind: "receipt", what: "Deleted", receipt: await api.remove(key) });
      setStored(null);
      onDeleted();
    } catch (thrown) {
      setTold({ kind: "problem", text: wordsOf(thrown) });
    }
  };
  return (
    <>
      <h2 class="key-name">{name ?? "A new key"}</h2>
      <div aria-live="polite">{told !== null && <Outcome told={told} />}</div>
      {isEditing ? (
        <EditForm name={name} stored={stored ?? null} onSave={save} />
      ) : (
        <Shown
          stored={stored}
          canWrite={canWrite}
          onEdit={() => setIsEditing(true)}
          onDelete={() => name !== null && void remove(name)}
        />
      )}
    </>
  );
}

interface ShownProps {
  readonly stored: StoredValue | null | undefined;
  readonly canWrite: boolean;
  readonly onEdit: () => void;
  readonly onDelete: () => void;
}

function Shown({ stored, canWrite, onEdit, onDelete }: ShownProps) {
  const [form, setForm] = useState<ValueForm | null>(null);
  const [isSure, setIsSure] = useState(false);
  if (stored === undefined) return <p class="hint">Reading …</p>;
  if (stored === null) return <p class="hint">There is no such key (any more).</p>;
  const { bytes, contentType, version, expiresAtMs } = stored;
  const shownForm = form ?? bestForm(bytes, contentType);
  const isText = textOf(bytes) !== null;
  return (
    <>
      <p class="facts">
        <span>{contentType}</span> <span>{bytes.length} bytes</span>{" "}
        <span>
          version <code>{version}</code>
        </span>{" "}
        {expiresAtMs !== null && <span>expires {new Date(expiresAtMs).toLocaleString()}</span>}
      </p>
      <fieldset class="forms">
        <legend>Show as</legend>
        {(["json", "text", "hex"] as const).map((it) => (
          <label key={it}>
            <input
              type="radio"
              name="form"
              checked={shownForm === it}
              disabled={shownAs(bytes, it) === null}
              onChange={() => setForm(it)}
            />
            {it}
          </label>
        ))}
      </fieldset>
      <Scrolling label="The value">
        <pre class="value">{shownAs(bytes, shownForm)}</pre>
      </Scrolling>
      <div class="row">
        <button type="button" disabled={!canWrite || !isText} onClick={onEdit}>
          Edit
        </button>
        {isSure ? (
          <>
            <button type="button" class="danger" disabled={!canWrite} onClick={onDelete}>
              Yes, delete it
            </button>
            <button type="button" class="quiet" onClick={() => setIsSure(false)}>
              Keep it
            </button>
          </>
        ) : (
          <button type="button" class="quiet" disabled={!canWrite} onClick={() => setIsSure(true)}>
            Delete …
          </button>
        )}
      </div>
    </>
  );
}

interface EditFormProps {
  readonly name: string | null;
  readonly stored: StoredValue | null;
  readonly onSave: (key: string, write: Parameters<Api["put"]>[1]) => Promise<void>;
}

function EditForm({ name, stored, onSave }: EditFormProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const submit = onSubmit(async (text) => {
    const key = name ?? text("key");
    const ttl = text("ttl");
    const wrong = keyProblem(key);
    setProblem(wrong);
    if (wrong !== null) return;
    await onSave(key, {
      // Forms end lines as the telegraph did; what is stored should not change by being looked at.
      value: text("value").replaceAll("\r\n", "\n"),
      contentType: text("type"),
      ttlSeconds: ttl === "" ? null : Number(ttl),
    });
  });
  return (
    <form class="edit" onSubmit={submit}>
      {name === null && (
        <>
          <label for="new-key">Key</label>
          <input id="new-key" name="key" autocomplete="off" spellcheck={false} />
        </>
      )}
      <label for="edit-value">Value</label>
      <textarea id="edit-value" name="value" rows={10} spellcheck={false}>
        {stored === null ? "" : (textOf(stored.bytes) ?? "")}
      </textarea>
      <div class="row">
        <div>
          <label for="edit-type">Content type</label>
          <input
            id="edit-type"
            name="type"
            list="types"
            value={stored?.contentType ?? "text/plain; charset=utf-8"}
          />
          <datalist id="types">
            <option value="application/json" />
            <option value="text/plain; charset=utf-8" />
          </datalist>
        </div>
        <div>
          <label for="edit-ttl">Time to live, seconds</label>
          <input id="edit-ttl" name="ttl" type="number" min="1" placeholder="for ever" />
        </div>
      </div>
      {problem !== null && <p class="problem">{problem}</p>}
      <div class="row">
        <button type="submit">Store</button>
      </div>
    </form>
  );
}

function Outcome({ told }: { readonly told: Told }) {
  if (told.kind === "problem") return <p class="problem">{told.text}</p>;
  const { stored, standIns, version, w } = told.receipt;
  return (
    <p class="receipt">
      <strong>{told.what}.</strong> On the disks of {listed(stored)} (w={w})
      {standIns.length > 0 && `, ${listed(standIns)} standing in`}, version <code>{version}</code>.
    </p>
  );
}

function wordsOf(thrown: unknown): string {
  if (!(thrown instanceof Refusal)) return "That did not work.";
  const { status, code, detail, outcome } = thrown.problem;
  const fate = outcome === "unknown" ? " It may have been stored all the same." : "";
  return status === 0 ? `${detail}${fate}` : `${status} ${code}: ${detail}.${fate}`;
}
