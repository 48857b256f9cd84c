/** Starts the page. */

import { render } from "preact";
import { Api } from "./api.js";
import { App } from "./app.js";
import { Credential } from "./credential.js";
import { Feed } from "./feed.js";
import { Store } from "./store.js";
import "uplot/dist/uPlot.min.css";
import "./app.css";

const store = new Store();
const credential = new Credential();
const api = new Api(() => store.state.base, credential);
const feed = new Feed({ state: () => store.state, hear: store.hear, credential });
const onToken = (token: string) => feed.unlock(token);
const root = document.getElementById("app");
if (root !== null) {
  root.replaceChildren();
  render(<App store={store} api={api} credential={credential} onToken={onToken} />, root);
}
feed.start();
