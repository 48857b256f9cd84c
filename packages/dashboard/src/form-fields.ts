/** Text out of a form, when it is sent. */

export type Fields = (name: string) => string;

/** Handles a form here, in place of the browser; `done` gets what was typed, and the form. */
export function onSubmit(done: (field: Fields, form: HTMLFormElement) => Promise<void>) {
  return (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const data = new FormData(form);
    const field = (name: string): string => {
      const value = data.get(name);
      return typeof value === "string" ? value : "";
    };
    void done(field, form);
  };
}
