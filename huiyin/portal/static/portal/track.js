// The QR code's address carries the code behind '#', which no server sees: put it into the field and ask at once.
(function () {
  "use strict";
  const form = document.querySelector("form[data-from-address]");
  const code = decodeURIComponent(location.hash.slice(1)).trim();
  if (!form || code.length < 20) return;
  form.elements.code.value = code;
  history.replaceState(null, "", location.pathname);
  if (!document.querySelector(".error-summary")) form.requestSubmit();
})();
