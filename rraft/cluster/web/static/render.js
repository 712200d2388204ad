// Shows a state of the cluster, as the host sends it.

import { byId, element, reconcile, setAttribute, setText } from "./dom.js";
import { age, bytes, clock, count, duration, rate } from "./format.js";
import { makePlot, updatePlot } from "./plot.js";

const PLOTS = [
  ["commands", "Commands a second", rate],
  ["queries", "Queries a second", rate],
  ["round_seconds", "Time of a round", duration],
  ["fsync_seconds", "Time of an fsync", duration],
];

const EVENT_NAMES = {
  leader_changed: "Election",
  members_changed: "Members",
  snapshot_made: "Snapshot",
  snapshot_sent: "Snapshot",
  snapshot_restored: "Snapshot",
  group_stopped: "Group stopped",
  slow_disk: "Slow disk",
  lagging_follower: "Lagging follower",
  clock_jump: "Clock",
  stalled: "Event loop",
  rejected_connection: "Connection rejected",
};

/** A follower that lacks so many entries stands out. */
const FAR = 1000;

const plots = new Map();
let leaders = null;

export function render(state) {
  document.title = `${state.cluster}: host ${state.host.id}`;
  setText(byId("cluster"), state.cluster);
  setText(byId("host"), `Host ${state.host.id} at ${state.host.address}`);
  showProblem(state.host.failure);
  renderPlots(state);
  renderGroups(state);
  renderHosts(state);
  renderEvents(state);
  announce(state);
}

function showProblem(failure) {
  byId("problem").hidden = !failure;
  setText(byId("problem"), failure ? `This host has failed: ${failure}` : "");
}

function renderPlots(state) {
  for (const [name, title, format] of PLOTS) {
    if (!plots.has(name)) {
      plots.set(name, makePlot(title));
      byId("plots").append(plots.get(name).figure);
    }
    updatePlot(plots.get(name), state.plots[name], state.plots.capacity, state.plots.step, format);
  }
}

function renderGroups(state) {
  const { shown, total } = state.groups;
  const note = byId("groups-note");
  note.hidden = shown.length === total && total > 0;
  setText(note, total === 0 ? "No group has been started on this host."
    : `${shown.length} of ${count(total)} groups: first those that need attention.`);
  reconcile(byId("group-list"), shown, (group) => group.id, makeGroup, (card, group) => updateGroup(card, group, state));
}

function makeGroup(group) {
  const card = element("article", { class: "card group", "aria-labelledby": `group-${group.id}` });
  card.innerHTML = `
    <div class="group-head">
      <h3></h3><p class="pill group-leader"></p><div class="actions" hidden></div>
    </div>
    <p class="problem" role="alert" hidden></p>
    <dl class="facts"></dl>
    <table class="stacked members">
      <thead><tr><th scope="col">Member</th><th scope="col">Role</th><th scope="col">Address</th>
      <th scope="col">Applied</th><th scope="col">Behind</th><th scope="col" class="action-head" hidden>Change</th></tr></thead>
      <tbody></tbody>
    </table>`;
  const title = card.querySelector("h3");
  title.id = `group-${group.id}`;
  title.textContent = `Group ${group.id}`;
  card.querySelector("table").setAttribute("aria-label", `Members of group ${group.id}`);
  const buttons = [["Make snapshot", "snapshot"], ["Add member…", "add"]].map(([text, action]) =>
    element("button", { type: "button", "data-action": action, "data-group": group.id }, text));
  card.querySelector(".actions").append(...buttons);
  return card;
}

function updateGroup(card, group, state) {
  const leader = card.querySelector(".group-leader");
  setText(leader, group.leader ? `Host ${group.leader} leads` : "No leader");
  setAttribute(leader, "data-state", group.leader ? "good" : "bad");
  const problem = card.querySelector(".problem");
  problem.hidden = !group.stopped;
  setText(problem, group.stopped ? `Stopped on this host. ${group.stopped}` : "");
  card.querySelector(".actions").hidden = !state.unlocked;
  card.querySelector(".action-head").hidden = !state.unlocked;
  const facts = [
    ["Term", count(group.term)],
    ["Committed", count(group.committed)],
    ["Applied", count(group.applied)],
    ["Log", group.first_index > group.last_index ? "empty" : `${count(group.first_index)} to ${count(group.last_index)}`],
    ["Sessions", count(group.sessions)],
    ["Commands/s", rate(group.commands_per_second)],
    ["Queries/s", rate(group.queries_per_second)],
  ];
  reconcile(card.querySelector(".facts"), facts, (fact) => fact[0],
    ([name]) => element("div", {}, element("dt", {}, name), element("dd")),
    (row, fact) => setText(row.lastElementChild, fact[1]));
  const highest = Math.max(1, ...group.members.map((member) => member.lag ?? 0));
  reconcile(card.querySelector("tbody"), group.members, (member) => member.host, (member) => makeMember(member, group),
    (row, member) => updateMember(row, member, group, state, highest));
}

function cell(name, ...children) {
  return element("td", { "data-name": name }, ...children);
}

function makeMember(member, group) {
  const bar = element("span", { class: "bar", "aria-hidden": "true" }, element("span"));
  const row = element("tr", {},
    element("th", { scope: "row" }),
    cell("Role", element("span", { class: "role" })),
    cell("Address"),
    cell("Applied"),
    cell("Behind", element("span", { class: "lag" }), bar),
    cell("Change"));
  for (const [text, action] of [["Make leader", "transfer"], ["Remove…", "remove"]]) {
    row.lastElementChild.append(element("button", {
      type: "button", "data-action": action, "data-group": group.id, "data-host": member.host,
      "aria-label": `${text.replace("…", "")}: host ${member.host}, group ${group.id}`,
    }, text));
  }
  return row;
}

function updateMember(row, member, group, state, highest) {
  const [name, role, address, applied, behind, change] = row.children;
  const isLeader = member.host === group.leader;
  setAttribute(row, "data-leader", String(isLeader));
  setText(name, `Host ${member.host}${member.host === state.host.id ? " (this)" : ""}`);
  const unreachable = member.role === "learner" ? "unreachable learner" : "unreachable";
  setText(role.firstElementChild, member.reachable ? member.role : unreachable);
  setAttribute(role.firstElementChild, "data-role", member.reachable ? member.role : "unreachable");
  setText(address, member.address || "–");
  setText(applied, count(member.applied));
  const [lag, bar] = behind.children;
  setText(lag, isLeader ? "–" : member.lag === null ? "unknown" : member.lag === 0 ? "0" : count(member.lag));
  bar.hidden = isLeader || !member.lag;
  setAttribute(behind, "data-far", String(member.lag >= FAR));
  // Logarithmic: one entry is visible, and a million fits.
  bar.firstElementChild.style.width = `${member.lag ? (100 * Math.log1p(member.lag)) / Math.log1p(Math.max(1000, highest)) : 0}%`;
  change.hidden = !state.unlocked;
  change.firstElementChild.hidden = isLeader || member.role === "learner";
}

const CONNECTIONS = { this: "this host", connected: "connected", unreachable: "unreachable", silent: "no answer" };

function renderHosts(state) {
  reconcile(byId("host-rows"), state.hosts, (host) => host.id, makeHost, (row, host) => {
    const [name, connection, leads, log, commands] = row.children;
    setText(name.firstElementChild, `Host ${host.id}`);
    setText(name.lastElementChild, host.address);
    setText(connection.firstElementChild, host.failure ? "failed" : CONNECTIONS[host.state]);
    setAttribute(connection.firstElementChild, "data-state",
      host.failure || host.state === "unreachable" ? "bad" : host.state === "silent" ? "waiting" : "good");
    setText(leads, host.leads === null ? "–" : `${count(host.leads)} of ${count(host.groups)}`);
    setText(log, bytes(host.log_bytes));
    setText(commands, rate(host.commands_per_second));
  });
}

function makeHost() {
  return element("tr", {},
    element("th", { scope: "row" }, element("span"), element("span", { class: "quiet address" })),
    cell("Connection", element("span", { class: "pill" })),
    cell("Leads"), cell("Log"), cell("Commands/s"));
}

function renderEvents(state) {
  const events = state.events.slice().reverse();
  byId("no-events").hidden = events.length > 0;
  byId("events").hidden = events.length === 0;
  reconcile(byId("events"), events, (event) => event.number, makeEvent, (row, event) => {
    setText(row.querySelector(".event-age"), `${age(Math.max(0, state.now - event.time))} ago`);
  });
}

function makeEvent(event) {
  const time = element("time", { datetime: new Date(event.time * 1000).toISOString() }, clock(event.time));
  return element("li", { "data-level": event.level },
    element("p", { class: "event-head" },
      element("span", { class: "event-kind" }, EVENT_NAMES[event.kind] ?? event.kind),
      event.group ? ` in group ${event.group}` : "",
      element("span", { class: "quiet event-time" }, time, " · ", element("span", { class: "event-age" }))),
    element("p", { class: "event-text" }, event.text));
}

/** Tells screen readers about changes of leaders: not more, or they would never be silent. */
function announce(state) {
  const now = new Map(state.groups.shown.map((group) => [group.id, group.leader]));
  if (leaders) {
    const changes = [...now].filter(([group, leader]) => leaders.has(group) && leaders.get(group) !== leader);
    if (changes.length > 3) setText(byId("announcement"), `${changes.length} groups have other leaders`);
    else if (changes.length) {
      setText(byId("announcement"), changes.map(([group, leader]) =>
        leader ? `Host ${leader} leads group ${group}` : `Group ${group} has no leader`).join(". "));
    }
  }
  leaders = now;
}
