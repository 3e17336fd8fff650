// Keeps an open page current: what arrives is shown without a reload. Without this script everything works by hand.

const root = document.documentElement;
const said = document.getElementById("said");
let asking = false;
let askAgain = false;
let isStale = false;

root.classList.add("has-script");

async function refresh() {
  if (asking) {
    askAgain = true;
    return;
  }
  asking = true;
  try {
    // A page that nobody sees must not take unread marks away.
    const headers = document.hidden ? { "Sandbox-Peek": "1" } : {};
    isStale = document.hidden;
    const answer = await fetch(location.pathname + location.search, { headers, cache: "no-store" });
    if (answer.ok) {
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    }
  } catch {
    // The stream notices by itself that nobody answers.
  } finally {
    asking = false;
  }
  if (askAgain) {
    askAgain = false;
    refresh();
  }
}

function show(next) {
  document.title = next.title;
  for (const region of document.querySelectorAll("[data-live]")) {
    const fresh = next.querySelector(`[data-live="${region.dataset.live}"]`);
    if (!fresh || fresh.innerHTML === region.innerHTML) {
      continue;
    }
    const list = region.querySelector(":scope > .rows, :scope > .letter-list");
    const freshList = fresh.querySelector(":scope > .rows, :scope > .letter-list");
    if (list && freshList) {
      merge(list, freshList);
    } else {
      region.replaceChildren(...fresh.childNodes);
    }
  }
}

// What is there already stays the same element, so that focus, open details and selections survive.
function merge(list, fresh) {
  const wanted = [...fresh.children];
  const ids = new Set(wanted.map((item) => item.id));
  for (const item of [...list.children]) {
    if (!ids.has(item.id)) {
      item.remove();
    }
  }
  wanted.forEach((item, index) => {
    const there = document.getElementById(item.id);
    let use = there ?? item;
    if (there && !("keep" in item.dataset) && there.outerHTML !== item.outerHTML) {
      const hadFocus = there.contains(document.activeElement);
      there.replaceWith(item);
      use = item;
      if (hadFocus) {
        item.querySelector("a, button")?.focus({ preventScroll: true });
      }
    }
    if (list.children[index] !== use) {
      list.insertBefore(use, list.children[index] ?? null);
    }
  });
}

function listen() {
  const events = new EventSource("/events");
  events.addEventListener("open", () => {
    root.classList.add("is-live");
    refresh();
  });
  events.addEventListener("error", () => {
    root.classList.remove("is-live");
    if (events.readyState === EventSource.CLOSED) {
      setTimeout(listen, 5000);
    }
  });
  events.addEventListener("message", (event) => {
    const change = JSON.parse(event.data);
    if (change.kind === "arrived") {
      said.textContent = document.body.dataset.arrived.replace("%", () => change.person);
    }
    refresh();
  });
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && isStale) {
    refresh();
  }
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) {
    return;
  }
  const words = button.querySelector("span");
  const before = words.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    // The browser forbids it: the code is selected instead, ready for the keyboard.
    getSelection().selectAllChildren(button.parentElement.querySelector(".code-digits"));
    return;
  }
  words.textContent = said.textContent = document.body.dataset.copied;
  setTimeout(() => {
    words.textContent = before;
  }, 2000);
});

listen();
