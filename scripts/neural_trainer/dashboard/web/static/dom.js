// Elements, made without a string of HTML: what is text stays text.

export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, told] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), told);
    else if (told === true) made.setAttribute(name, "");
    else if (told !== false && told !== null && told !== undefined) made.setAttribute(name, told);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export function byId(id) {
  return document.getElementById(id);
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
