// The evidence panel: articles with their marked sentences, built from text nodes only, never from HTML.
// A chip in the conversation is <button class="cite" value="KEY">; a click shows the mark of that key here.
const panel = element.querySelector(".evidence");
const store = (window.presscheckEvidence ??= { marks: new Map(), articles: new Map() });
const ELEMENTS = { title: "h2", heading: "h3", caption: "p", body: "p" };

function make(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function build() {
  panel.setAttribute("role", "region");
  panel.setAttribute("aria-label", "Evidence");
  const close = make("button", "close", "Close");
  close.type = "button";
  close.addEventListener("click", closeSheet);
  const chips = make("nav", "chips");
  chips.setAttribute("aria-label", "Marked sentences");
  const bar = make("div", "bar", make("p", "label", "Evidence"), chips, close);
  const page = make("div", "page");
  page.tabIndex = 0;
  page.setAttribute("role", "document");
  page.setAttribute("aria-label", "Article");
  page.append(make("p", "empty", "When an answer quotes an article, the whole article opens here, with the quoted sentences marked."));
  panel.replaceChildren(bar, page);
}

function segment({ text, keys }) {
  if (!keys.length) return document.createTextNode(text);
  const cited = keys.some((key) => store.marks.get(key).cited);
  const mark = make("mark", cited ? "" : "near", text);
  mark.dataset.keys = keys.join(" ");
  return mark;
}

function block({ kind, segments }) {
  const inside = segments.map(segment);
  if (kind !== "gap") return make(ELEMENTS[kind] || "p", kind, ...inside);
  const gap = document.createDocumentFragment();
  gap.append(...inside);
  return gap;
}

function articleElement(article) {
  const byline = make("p", "byline", article.byline);
  if (article.url) {
    const link = make("a", "", "Original");
    link.href = article.url;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    byline.append(" · ", link);
  }
  const text = make("div", "text", ...article.blocks.map(block));
  const named = article.blocks.some(({ kind }) => kind === "title");
  return make("article", "", byline, ...(named ? [] : [make("h2", "title", article.title)]), text);
}

function showArticle(turn, id) {
  const name = `${turn}/${id}`;
  if (panel.dataset.shown === name) return;
  const grown = panel.dataset.before === name ? panel.querySelector(".page").scrollTop : 0;
  panel.dataset.shown = panel.dataset.before = name;
  const page = panel.querySelector(".page");
  page.replaceChildren(articleElement(store.articles.get(name)));
  page.scrollTop = grown;
}

function showChips(turn) {
  const ofTurn = [...store.marks.values()].filter((mark) => mark.turn === turn);
  const chips = ofTurn.map(({ key, label }) => {
    const chip = make("button", "cite", label);
    chip.type = "button";
    chip.value = key;
    return chip;
  });
  panel.querySelector(".chips").replaceChildren(...chips);
}

function activate(key) {
  const mark = store.marks.get(key);
  if (!mark) return;
  store.active = key;
  showArticle(mark.turn, mark.article);
  showChips(mark.turn);
  for (const piece of panel.querySelectorAll("mark"))
    piece.classList.toggle("active", piece.dataset.keys.split(" ").includes(key));
  for (const chip of document.querySelectorAll("button.cite")) chip.classList.toggle("active", chip.value === key);
  const page = panel.querySelector(".page");
  const first = panel.querySelector("mark.active");
  if (!first) return;
  // The panel scrolls, never the page: scrollIntoView would move both.
  const above = first.getBoundingClientRect().top - page.getBoundingClientRect().top + page.scrollTop;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  page.scrollTo({ top: above - page.clientHeight / 3, behavior: still ? "instant" : "smooth" });
}

function openSheet(chip) {
  if (!panel.contains(chip)) store.opener = chip;
  panel.classList.add("open");
  if (matchMedia("(max-width: 860px)").matches) panel.querySelector(".close").focus({ preventScroll: true });
}

function closeSheet() {
  if (!panel.classList.contains("open")) return;
  panel.classList.remove("open");
  if (store.opener && store.opener.isConnected) store.opener.focus({ preventScroll: true });
}

function take(value) {
  if (!value || !value.turn) {
    panel.dataset.shown = "";
    store.marks.clear();
    store.articles.clear();
    build();
    return;
  }
  const { turn } = value;
  for (const [key, mark] of store.marks) if (mark.turn >= turn) store.marks.delete(key);
  for (const mark of value.marks) store.marks.set(mark.key, { ...mark, turn });
  for (const article of value.articles) store.articles.set(`${turn}/${article.id}`, article);
  delete panel.dataset.shown;
  // An answer that grows keeps what its reader opened meanwhile.
  const kept = store.turn === turn && store.marks.has(store.active);
  store.turn = turn;
  if (value.opened) activate(kept ? store.active : value.opened);
}

watch("value", () => take(props.value));
take(props.value);

// One listener for the whole document, however often this part is built.
store.activate = activate;
store.openSheet = openSheet;
store.closeSheet = closeSheet;
if (!store.listening) {
  store.listening = true;
  document.addEventListener("click", (event) => {
    const chip = event.target.closest?.("button.cite");
    if (!chip) return;
    store.activate(chip.value);
    store.openSheet(chip);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") store.closeSheet();
  });
}
