// Changes: with the token that the page was started with.

import { byId, element, setText } from "./dom.js";

let token = null;

export const isUnlocked = () => token !== null;

async function post(path, content, key = token) {
  const response = await fetch(path, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify(content),
  });
  if (!response.ok) throw new Error((await response.json().catch(() => ({}))).error ?? `status ${response.status}`);
}

function field(name, title, attributes) {
  return element("label", {}, `${title} `, element("input", { name, required: "", autocomplete: "off", ...attributes }));
}

const ACTIONS = {
  snapshot: (group) => ({
    title: `Make a snapshot of group ${group}?`,
    text: "This host makes it soon. An event reports it.",
    button: "Make snapshot",
  }),
  transfer: (group, host) => ({
    title: `Make host ${host} the leader of group ${group}?`,
    text: "Commands wait for the moment that this takes.",
    button: "Make leader",
  }),
  add: (group) => ({
    title: `Add a member to group ${group}`,
    text: "It becomes a voter once it has caught up. Start its process with join=.",
    button: "Add member",
    fields: () => [
      field("host", "Id of the new host", { inputmode: "numeric", pattern: "[1-9][0-9]*" }),
      field("address", "Address", { placeholder: "10.0.0.4:7001" }),
    ],
  }),
  remove: (group, host) => ({
    title: `Remove host ${host} from group ${group}?`,
    text: "Its id cannot be used again. A leader hands over first.",
    button: "Remove host",
    danger: true,
  }),
};

function showProblem(id, error) {
  byId(id).hidden = !error;
  setText(byId(id), error ? error.message : "");
}

/** Runs `send` when the form of a dialog is submitted, and closes the dialog if that succeeds. */
function onSubmit(dialog, problem, send) {
  const form = dialog.querySelector("form");
  form.onsubmit = async (event) => {
    event.preventDefault();
    const button = form.querySelector(".primary");
    button.disabled = true;
    showProblem(problem, null);
    try {
      await send(form);
      dialog.close();
    } catch (error) {
      showProblem(problem, error);
    } finally {
      button.disabled = false;
    }
  };
}

function ask(action, group, host) {
  const dialog = byId("confirm-dialog");
  const { title, text, button, fields, danger } = ACTIONS[action](group, host);
  setText(byId("confirm-title"), title);
  setText(byId("confirm-text"), text);
  setText(byId("confirm-button"), button);
  byId("confirm-button").classList.toggle("danger", Boolean(danger));
  byId("confirm-fields").replaceChildren(...(fields ? fields() : []));
  showProblem("confirm-problem", null);
  onSubmit(dialog, "confirm-problem", async (form) => {
    const content = Object.fromEntries(new FormData(form));
    const number = content.host ?? host;
    await post(`groups/${group}/${action}`, { ...content, ...(number === undefined ? {} : { host: Number(number) }) });
  });
  dialog.showModal();
}

/** Lets the user change the cluster. `changed` is called when that has become possible, or is not any more. */
export function enableActions(changed) {
  const unlock = byId("unlock");
  unlock.addEventListener("click", () => {
    if (token !== null) {
      token = null;
      setText(unlock, "Unlock changes");
      changed();
      return;
    }
    byId("token").value = "";
    showProblem("token-problem", null);
    byId("token-dialog").showModal();
  });
  onSubmit(byId("token-dialog"), "token-problem", async () => {
    const entered = byId("token").value;
    await post("unlock", {}, entered);
    token = entered;
    byId("token").value = "";
    setText(unlock, "Lock changes");
    changed();
  });
  byId("group-list").addEventListener("click", (event) => {
    const button = event.target.closest("button[data-action]");
    if (button) ask(button.dataset.action, Number(button.dataset.group), button.dataset.host);
  });
  for (const button of document.querySelectorAll("[data-close]")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }
}
