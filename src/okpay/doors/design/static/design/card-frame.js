// The card form of the acquirer in a frame. Without this script a button leads to it as a page of its own.
for (const place of document.querySelectorAll("[data-card-frame]")) {
  const { cardFrame, origin, session, title } = place.dataset;
  const frame = document.createElement("iframe");
  frame.title = title;
  frame.src = cardFrame;
  // The form may not lead this page anywhere: it says that it is done, and we go where we know.
  frame.sandbox = "allow-forms allow-scripts allow-same-origin";
  place.append(frame);
  addEventListener("message", (event) => {
    if (event.origin !== origin || event.source !== frame.contentWindow) return;
    const told = event.data;
    if (typeof told !== "object" || told === null || told.session !== session) return;
    if (told.type === "okpay.card") location.assign(place.dataset.return);
    else if (told.type === "okpay.card.height" && Number.isFinite(told.height))
      frame.style.height = `${Math.min(Math.max(told.height, 200), 2000)}px`;
  });
}
