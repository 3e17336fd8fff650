// Makes the card form pleasanter, and tells the wallet that frames it. Without this script the page works as well.

const { session, done, origin } = document.body.dataset;
const number = document.getElementById("number");
const expiry = document.getElementById("expiry");

document.documentElement.classList.add("has-script");

// Only to the wallet that opened this session, and never what was typed.
function tell(message) {
  if (origin && window.parent !== window) {
    window.parent.postMessage({ session, ...message }, origin);
  }
}

function grouped(digits) {
  const isAmex = /^3[47]/.test(digits);
  const groups = isAmex ? /^(\d{1,4})(\d{1,6})?(\d{1,5})?/ : /^(\d{1,4})(\d{1,4})?(\d{1,4})?(\d{1,4})?(\d{1,3})?/;
  return (digits.match(groups) ?? []).slice(1).filter(Boolean).join(" ");
}

// Whoever edits in the middle is left alone: the caret would jump.
function format(field, most, write) {
  field?.addEventListener("input", (event) => {
    const isAtEnd = field.selectionStart === field.value.length;
    if (!isAtEnd || event.inputType?.startsWith("delete") || event.isComposing) {
      return;
    }
    const digits = field.value.replace(/\D/g, "");
    if (/^[\d\s/-]*$/.test(field.value) && digits.length <= most) {
      field.value = write(digits, field.value);
    }
  });
}

format(number, 19, grouped);
format(expiry, 4, (digits, typed) => {
  const padded = /^[2-9]$/.test(digits) ? `0${digits}` : digits;
  return padded.length < 2 || (padded.length === 2 && digits.length === 1 && typed.length > 1)
    ? typed
    : `${padded.slice(0, 2)} / ${padded.slice(2)}`;
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-number]");
  if (button && number) {
    number.value = grouped(button.dataset.number);
    (expiry?.value ? document.getElementById("code") : expiry).focus();
  }
});

if (done) {
  tell({ type: "okpay.card" });
}
new ResizeObserver(() => {
  tell({ type: "okpay.card.height", height: Math.ceil(document.documentElement.getBoundingClientRect().height) });
}).observe(document.documentElement);
