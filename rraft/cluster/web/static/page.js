// The page follows the stream of states of its host, and connects again when that ends.

import { enableActions, isUnlocked } from "./actions.js";
import { byId, setAttribute, setText } from "./dom.js";
import { render } from "./render.js";

const RETRY = 1000;
/** The host is lost when a state is so late. */
const LATE = 3000;

let source = null;
let lastState = null;
let silence = null;

function setConnection(state, text) {
  setText(byId("connection"), text);
  setAttribute(byId("connection"), "data-state", state);
  byId("main").classList.toggle("stale", state === "bad");
}

function show() {
  if (lastState) render({ ...lastState, unlocked: isUnlocked() });
}

function lost() {
  clearTimeout(silence);
  if (source) source.close();
  source = null;
  if (byId("connection").dataset.state !== "bad") setText(byId("announcement"), "The connection to the host is lost");
  setConnection("bad", "Connection lost");
  setTimeout(connect, RETRY);
}

function connect() {
  source = new EventSource("events");
  silence = setTimeout(lost, LATE);
  source.onmessage = (event) => {
    lastState = JSON.parse(event.data);
    clearTimeout(silence);
    silence = setTimeout(lost, LATE + 1000 * lastState.interval);
    byId("unlock").hidden = !lastState.can_change;
    setConnection("good", "Live");
    show();
  };
  source.onerror = lost;
}

enableActions(show);
connect();
