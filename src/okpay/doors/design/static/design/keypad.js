// Large keys under a field for digits, for fingers. Without this script the field and the device's own keypad do.
for (const field of document.querySelectorAll("[data-keypad]")) {
  const input = field.querySelector("input");
  const keypad = field.querySelector(".keypad");
  if (!keypad || !keypad.hidden) continue;
  const status = keypad.querySelector("[data-entered]");
  keypad.hidden = false;
  // Two keypads would hide the page: on a touch screen ours takes the place of the device's.
  if (matchMedia("(pointer: coarse)").matches) input.inputMode = "none";
  // A key that is pressed with the mouse leaves the field in focus, so that typing goes on there.
  keypad.addEventListener("mousedown", (event) => event.preventDefault());
  keypad.addEventListener("click", (event) => {
    const key = event.target.closest("button")?.dataset.key;
    if (!key) return;
    const before = input.value;
    if (key === "clear") input.value = "";
    else if (key === "back") input.value = before.slice(0, -1);
    else if (before.length < input.maxLength) input.value = before + key;
    if (input.value !== before) input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  // How many, never which: a password field says no more either.
  input.addEventListener("input", () => { status.textContent = `${status.dataset.entered} ${input.value.length}`; });
}
