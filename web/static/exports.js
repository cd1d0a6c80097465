// Copies and downloads what the page has sent with a claim check; <button class="export" value="KEY"> asks for it.
const status = element.querySelector(".exports-status");
status.setAttribute("role", "status");
const store = (window.presscheckExports ??= { files: new Map() });
const SAID_MS = 2500;

function take(value) {
  if (!value || !value.turn) {
    store.files.clear();
    return;
  }
  // A turn that failed gives its number to the next one.
  for (const [key, file] of store.files) if (file.turn >= value.turn) store.files.delete(key);
  for (const file of value.files) store.files.set(file.key, { ...file, turn: value.turn });
}

function download({ name, type, text }) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function copy(text) {
  // Browsers have a clipboard for https and this machine only.
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) throw new Error("The browser did not copy.");
}

function say(button, text) {
  status.textContent = text;
  if (button.dataset.label) return;
  button.dataset.label = button.textContent;
  button.textContent = text;
  setTimeout(() => {
    button.textContent = button.dataset.label;
    delete button.dataset.label;
    status.textContent = "";
  }, SAID_MS);
}

async function give(button) {
  const file = store.files.get(button.value);
  if (!file) return;
  if (file.name) return download(file);
  const told = await copy(file.text).then(() => "Copied", () => "The browser didn't let us copy");
  say(button, told);
  button.focus({ preventScroll: true });
}

watch("value", () => take(props.value));
take(props.value);

// One listener for the whole document, however often this part is built.
store.give = give;
if (!store.listening) {
  store.listening = true;
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button.export");
    if (button) store.give(button);
  });
}
