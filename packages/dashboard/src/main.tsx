/** Starts the page. */

import { render } from "preact";
import { Api } from "./api.js";
import { App } from "./app.js";
import { Feed } from "./feed.js";
import { Store } from "./store.js";
import "uplot/dist/uPlot.min.css";
import "./app.css";

const store = new Store();
const api = new Api(() => store.state.base);
const root = document.getElementById("app");
if (root !== null) {
  root.replaceChildren();
  render(<App store={store} api={api} />, root);
}
new Feed({ state: () => store.state, hear: store.hear }).start();
