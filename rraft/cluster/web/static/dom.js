// Changes of the document. Text comes from the network: it is never parsed as HTML.

export const byId = (id) => document.getElementById(id);

/** Makes an element with attributes and children. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Sets the text of an element, unless it has it: selections and screen readers are not disturbed. */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

export function setAttribute(target, name, value) {
  if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

/** Gives `parent` one child for each item, in their order. Children keep their identity, and so the focus. */
export function reconcile(parent, items, key, make, update) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let position = parent.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    let child = known.get(name);
    if (child) {
      known.delete(name);
    } else {
      child = make(item);
      child.dataset.key = name;
    }
    if (child === position) position = position.nextElementSibling;
    else parent.insertBefore(child, position);
    update(child, item);
  }
  for (const child of known.values()) child.remove();
}
