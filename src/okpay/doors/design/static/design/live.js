// Keep an open page true: when something of its owner changed, fetch the page anew and put in what differs.
const stream = document.documentElement.dataset.live;
let source = null;
let wasOpen = false;

async function refresh() {
  if (document.querySelector("form :focus, dialog[open], :popover-open")) return;
  const answer = await fetch(location.href, { headers: { "X-Refresh": "1" } });
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const places = (page) => [...page.querySelectorAll(".wallet-bar nav, [data-fresh]")];
  const now = places(document);
  const then = places(fresh);
  if (now.length !== then.length) return;
  now.forEach((place, at) => {
    if (place.innerHTML !== then[at].innerHTML) place.innerHTML = then[at].innerHTML;
  });
}

function open() {
  if (source || document.hidden) return;
  source = new EventSource(stream);
  source.onmessage = refresh;
  // What happened between the page and the stream, or while the stream was away, nobody told us.
  source.onopen = () => {
    if (wasOpen || document.querySelector("[data-waiting]")) refresh();
    wasOpen = true;
  };
  source.onerror = () => { if (source && source.readyState === EventSource.CLOSED) close(); };
}

function close() {
  if (source) source.close();
  source = null;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) close();
  else { open(); refresh(); }
});
if (stream) open();
